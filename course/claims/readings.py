"""What one machine read for claims that depend on it; `python -m course.claims --readings` wrote this.

Times in seconds, bandwidths in bytes per second, float32 unless a dtype is named.
"""

READINGS = {
    "G9": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {"CPU": {1000000: 0.000822, 10000000: 0.0211}},
        "bandwidth": {"CPU": 17400000000.0},
        "seconds with a new result": {1000000: 0.000828, 10000000: 0.0998},
    },
    "G10": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {"CPU": {1000000: 0.000822, 10000000: 0.0211}},
        "bandwidth": {"CPU": 17400000000.0},
        "seconds with a new result": {1000000: 0.000828, 10000000: 0.0998},
    },
    "G11": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {
            "CPU": {
                10: 1.1e-06,
                100: 1.18e-06,
                1000: 1.9e-06,
                10000: 9.19e-06,
                100000: 8.38e-05,
                1000000: 0.000818,
                10000000: 0.00858,
            }
        },
        "bandwidth": {"CPU": 17400000000.0},
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
            "float32 in the cache on the CPU": [2.57e-05, 3.58e-06],
            "float64 in the cache on the CPU": [4.99e-05, 6.43e-06],
            "float32 from memory on the CPU": [0.0034, 0.00165],
            "float64 from memory on the CPU": [0.0191, 0.00345],
        },
    },
    "G21": {
        "machine": "AMD EPYC (AVX512), one thread, no GPU, torch 2.13.0+cpu, 2026-11-21",
        "seconds": {
            "in the cache on the CPU": [1.31e-05, 2.62e-05],
            "from memory on the CPU": [0.00166, 0.00342],
            "in the cache on the CPU, its vector instructions switched off": [0.000105, 2.71e-05],
        },
    },
}
