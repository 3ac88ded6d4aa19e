#pragma once

// Whether a sanitizer watches this build, by g++'s macros or clang's.

#if defined(__has_feature)
#define TESTS_ADDRESS_SANITIZED __has_feature(address_sanitizer)
#define TESTS_THREAD_SANITIZED __has_feature(thread_sanitizer)
#else
#if defined(__SANITIZE_ADDRESS__)
#define TESTS_ADDRESS_SANITIZED 1
#else
#define TESTS_ADDRESS_SANITIZED 0
#endif
#if defined(__SANITIZE_THREAD__)
#define TESTS_THREAD_SANITIZED 1
#else
#define TESTS_THREAD_SANITIZED 0
#endif
#endif
#define TESTS_SANITIZED (TESTS_ADDRESS_SANITIZED || TESTS_THREAD_SANITIZED)
