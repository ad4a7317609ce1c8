/* SPDX-License-Identifier: Apache-2.0 */
/* The roof: one program, many verbs. */
#include <stdio.h>

int main(void)
{
    puts("stockade " STK_VERSION);
    return 0;
}
