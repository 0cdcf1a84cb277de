"""The referee: runs grade cells on the trusted side, and says why one failed."""
