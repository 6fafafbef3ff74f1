// CUDA 12.4, as its driver's library says it: the one function that is asked.

extern "C" int cuDriverGetVersion(int* version) {
    *version = 12040;
    return 0;
}
