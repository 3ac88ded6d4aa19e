// The heap, counted: glibc lets a program bring its own malloc. Linked to models.cpp where memory is measured.
#include <malloc.h>

#include <cstddef>

std::size_t heap_held = 0; // bytes in use, as malloc rounds them
std::size_t heap_peak = 0; // the most of them so far

extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void __libc_free(void*);

static void count_in(void* block) {
    heap_held += malloc_usable_size(block);
    if (heap_held > heap_peak) heap_peak = heap_held;
}

void* malloc(std::size_t size) {
    void* block = __libc_malloc(size);
    count_in(block);
    return block;
}
void* calloc(std::size_t count, std::size_t size) {
    void* block = __libc_calloc(count, size);
    count_in(block);
    return block;
}
void* realloc(void* old, std::size_t size) {
    std::size_t before = malloc_usable_size(old);
    void* block = __libc_realloc(old, size); // glibc moves the pages of a large block: there is no second copy to count
    heap_held -= before;
    count_in(block);
    return block;
}
void free(void* block) {
    heap_held -= malloc_usable_size(block);
    __libc_free(block);
}

} // extern "C"
