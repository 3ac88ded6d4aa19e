// expect: fastapi: load_settings<T> reads a struct whose members are the settings
#include "fastapi.hpp"
using namespace fastapi;

int main() { return load_settings<int>(); }
