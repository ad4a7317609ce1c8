/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_COMPILER_H
#define STK_BASE_COMPILER_H
/* The only file that may spell __attribute__: a handful of extensions, both compilers. */
#if defined(__clang__)
#define STK_NODISCARD __attribute__((warn_unused_result))
#else
#define STK_NODISCARD [[nodiscard]]
#endif
#define STK_CLEANUP(fn)  __attribute__((cleanup(fn)))
#define STK_PRINTF(f, v) __attribute__((format(printf, f, v)))
#define STK_TARGET(isa)  __attribute__((target(isa))) /* callers check stk_cpu_has() first */
#define STK_LIKELY(x)    __builtin_expect(!!(x), 1)
#define STK_UNLIKELY(x)  __builtin_expect(!!(x), 0)
#define STK_COUNT(a)     (sizeof(a) / sizeof *(a))
#endif
