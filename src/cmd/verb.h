/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CMD_VERB_H
#define STK_CMD_VERB_H
/* A verb of the command line: one file, one line in verbs.def, one table of options from which
 * parsing, --help, the man page and shell completion come. */
#include "base/spec.h"

/* Exit codes, the same for every verb. */
enum {
    STK_EXIT_DONE = 0,  /* findings included */
    STK_EXIT_CHECK = 1, /* a check that was asked for failed: check, verify, --fail-on */
    STK_EXIT_USAGE = 2,
    STK_EXIT_ENVIRONMENT = 3, /* a file, a disk, a key, memory */
};

typedef struct stk_verb stk_verb;

/* One call of a verb: its options filled, what remained in order. */
typedef struct stk_call {
    const stk_verb *verb;
    const void *options; /* the verb's own struct */
    char **args;         /* [arg_count] what is no option */
    int arg_count;
} stk_call;

struct stk_verb {
    const char *name;      /* "profile learn": a verb may have two words */
    const char *summary;   /* one line */
    const char *arguments; /* "FILE..." */
    const char *text;      /* paragraphs for the manual; may be "" */
    const stk_spec *options;
    size_t option_count, options_size;
    int (*run)(const stk_call *call);
};

extern const stk_verb *const stk_verbs[]; /* NULL-terminated, in .def order */

/* Which verb do these words name? *ret_words: how many of them. NULL: none. */
const stk_verb *stk_verb_named(char *const *words, int count, int *ret_words);

/* Say that these words name no verb, and which may be meant; returns the exit code. */
int stk_verb_unknown(char *const *words);

/* Parse what follows the verb into `options` (defaults first) and keep the rest in args. Asked for
 * help, prints it. Returns an exit code, or -1 to go on. */
int stk_verb_parse(const stk_verb *verb, char **words, int count, void *options, stk_call *ret);

/* "stockade: FILE:LINE:COLUMN: text" on standard error; returns the exit code that fits: usage for
 * STK_ERR_SYNTAX, INVALID and LIMIT in what the caller wrote, environment for the rest. */
int stk_complain(const stk_error *err);
/* A failure that lies with the machine, whatever its status says: a store, a key file. */
stk_status stk_environment(stk_status status, stk_error *err);
int stk_usage_error(const stk_verb *verb, const char *fmt, ...) STK_PRINTF(2, 3);

/* Options that several verbs share; `type` is the verb's struct. */
#define STK_OPTION_JSON(type)                                                                      \
    {                                                                                              \
        "json", STK_BOOL, offsetof(type, json), "false", NULL, NULL,                               \
            "Print NDJSON, one object a line, instead of text for people."                         \
    }
#define STK_OPTION_LANG(type)                                                                      \
    {                                                                                              \
        "lang", STK_CHOICE, offsetof(type, lang), "en", "en|zh", NULL,                             \
            "Language of reasons and summaries."                                                   \
    }
#define STK_OPTION_DIR(type)                                                                       \
    {                                                                                              \
        "dir", STK_STRING, offsetof(type, dir), "var", NULL, NULL,                                 \
            "Directory of configuration, keys and store, as `stockade run` keeps it."              \
    }
#endif
