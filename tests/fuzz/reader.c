/* SPDX-License-Identifier: Apache-2.0 */
/* Packed bytes of any kind: no crash, bounded memory, the end after an error. */
#include "dataset/reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    stk_reader *r = NULL;
    stk_error err = { 0 };
    static char piece[65536];
    if (stk_reader_open_bytes((stk_str){ (const char *)data, size }, &r, &err) != STK_OK)
        return 0;
    size_t room = size == 0 ? 1 : (size_t)data[size - 1] * 256 + 1, n = 1;
    for (int i = 0; i < 4096 && n != 0; i++)
        if (stk_reader_read(r, piece, room, &n, &err) != STK_OK) {
            if (err.text[0] == '\0')
                abort();
            n = 1;
            if (stk_reader_read(r, piece, room, &n, &err) != STK_OK || n != 0)
                abort();
        }
    stk_reader_close(r);
    return 0;
}
