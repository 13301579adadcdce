// Stand-ins for what newer compilers take from newer libraries (glibc 2.32, libstdc++ 3.4.29): with them the addon loads on the oldest
// systems that Node 20 itself supports.
#include <cstdlib>

#pragma GCC visibility push(hidden)

/** Zero: counts of shared pointers are always changed atomically. */
extern "C" char __libc_single_threaded;
char __libc_single_threaded = 0;

namespace std {

/** What allocators call for sizes that no memory has: an end without exceptions, which are off. */
[[noreturn]] void __throw_bad_array_new_length();
void __throw_bad_array_new_length() { abort(); }

}  // namespace std

#pragma GCC visibility pop
