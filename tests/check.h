/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_TESTS_CHECK_H
#define STK_TESTS_CHECK_H
/* The whole test framework. A test is a function that returns NULL, or the
 * text of the first claim that failed. It leaves by `return`, never by
 * longjmp, so cleanups run and a failing test leaks nothing under ASan. */
#include <stdio.h>

#define CHECK_STR_(x) #x
#define CHECK_STR(x)  CHECK_STR_(x)
#define CHECK(claim)                                                                               \
    do {                                                                                           \
        if (!(claim))                                                                              \
            return __FILE__ ":" CHECK_STR(__LINE__) ": " #claim;                                   \
    } while (0)

typedef struct check_test {
    const char *name;
    const char *(*run)(void);
} check_test;

static inline int check_main(const check_test *tests, size_t n)
{
    size_t failed = 0;
    printf("1..%zu\n", n); /* TAP: ctest, prove and people can all read it */
    for (size_t i = 0; i < n; i++) {
        const char *why = tests[i].run();
        printf("%sok %zu - %s%s%s\n", why ? "not " : "", i + 1, tests[i].name, why ? "\n# " : "",
               why ? why : "");
        failed += why != NULL;
    }
    return failed != 0;
}
#define CHECK_MAIN(tests)                                                                          \
    int main(void)                                                                                 \
    {                                                                                              \
        return check_main((tests), sizeof(tests) / sizeof *(tests));                               \
    }
#endif
