"""What one machine read for the claims that depend on it; written by `python -m course.claims --readings`.

Times in seconds, bandwidths in bytes per second, float32 unless a dtype is named.
"""

READINGS = {
    "G9": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {"CPU": {1000000: 0.00234, 10000000: 0.0447}},
        "bandwidth": {"CPU": 6670000000.0},
    },
    "G10": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {"CPU": {1000000: 0.00234, 10000000: 0.0447}},
        "bandwidth": {"CPU": 6670000000.0},
    },
    "G11": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {
            "CPU": {
                10: 1.3e-06,
                100: 2.15e-06,
                1000: 2.31e-06,
                10000: 1.02e-05,
                100000: 8.96e-05,
                1000000: 0.000854,
                10000000: 0.0467,
            }
        },
        "bandwidth": {"CPU": 1930000000.0},
    },
    "G12": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "inputs": 200000,
        "exp depends on the order": False,
        "a sum depends on the order": True,
        "differ: torch on the CPU and numpy on the CPU": 79018,
        "differ: torch on the CPU and the nearest float32": 2016,
    },
    "G20": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {
            "float32 in the cache on the CPU": [3.82e-05, 1.04e-05],
            "float64 in the cache on the CPU": [7.3e-05, 1.78e-05],
            "float32 from memory on the CPU": [0.0176, 0.00219],
            "float64 from memory on the CPU": [0.0519, 0.00361],
        },
    },
    "G21": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {"in the cache on the CPU": [1.32e-05, 2.64e-05], "from memory on the CPU": [0.0138, 0.00557]},
    },
}
