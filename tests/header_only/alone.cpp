// The header is the first and only thing a file includes.
#include "fastapi.hpp"

int main() {}
