/* SPDX-License-Identifier: Apache-2.0 */
/* The roof: one program, many verbs. */
#include "cmd/manual.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int dispatch(char **words, int count)
{
    int used;
    const stk_verb *verb = stk_verb_named(words, count, &used);
    if (verb == NULL)
        return stk_verb_unknown(words);
    void *options = calloc(1, verb->options_size + 1);
    if (options == NULL) {
        fputs("stockade: no memory\n", stderr);
        return STK_EXIT_ENVIRONMENT;
    }
    stk_call call;
    int code = stk_verb_parse(verb, words + used, count - used, options, &call);
    if (code == -1)
        code = verb->run(&call);
    free(options);
    return code;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write that fails, and is said */
    if (argc < 2) {
        stk_manual_overview();
        return STK_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        argv[1] = "help";
    if (strcmp(argv[1], "--version") == 0)
        argv[1] = "version";
    int code = dispatch(argv + 1, argc - 1);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == STK_EXIT_DONE) {
        perror("stockade: standard output");
        return STK_EXIT_ENVIRONMENT;
    }
    return code;
}
