"""What one machine read for claims that depend on it; `python -m course.claims --readings` wrote this.

Times in seconds, bandwidths in bytes per second, float32 unless a dtype is named.
"""

READINGS = {
    "G9": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {"CPU": {1000000: 0.000823, 10000000: 0.00829}},
        "bandwidth": {"CPU": 8280000000.0},
        "seconds with a new result": {1000000: 0.000824, 10000000: 0.0429},
    },
    "G10": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {"CPU": {1000000: 0.000823, 10000000: 0.00829}},
        "bandwidth": {"CPU": 8280000000.0},
        "seconds with a new result": {1000000: 0.000824, 10000000: 0.0429},
    },
    "G11": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {
            "CPU": {
                10: 1.11e-06,
                100: 1.18e-06,
                1000: 1.92e-06,
                10000: 9.18e-06,
                100000: 8.38e-05,
                1000000: 0.000819,
                10000000: 0.00875,
            }
        },
        "bandwidth": {"CPU": 21000000000.0},
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
            "float32 in the cache on the CPU": [2.56e-05, 3.62e-06],
            "float64 in the cache on the CPU": [4.91e-05, 6.36e-06],
            "float32 from memory on the CPU": [0.0033, 0.00141],
            "float64 from memory on the CPU": [0.00661, 0.0033],
        },
    },
    "G21": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {
            "in the cache on the CPU": [1.28e-05, 2.55e-05],
            "from memory on the CPU": [0.00164, 0.00336],
            "in the cache on the CPU, its vector instructions switched off": [0.000105, 2.53e-05],
        },
    },
}
