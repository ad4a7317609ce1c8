/* SPDX-License-Identifier: Apache-2.0 */
/* From words on a command line to a filled struct, by table. */
#include "cmd/verb.h"

#include "cmd/manual.h"

#include <stdarg.h>
#include <stdio.h>

#define VERB(name) extern const stk_verb stk_verb_##name;
#include "cmd/verbs.def"
#undef VERB

#define VERB(name) &stk_verb_##name,
const stk_verb *const stk_verbs[] = {
#include "cmd/verbs.def"
    NULL,
};
#undef VERB

/* How many of these words are the verb's name; 0: it is another. */
static int words_of(const stk_verb *verb, char *const *words, int count)
{
    const char *name = verb->name;
    int used = 0;
    while (used < count) {
        size_t n = strlen(words[used]);
        if (strncmp(name, words[used], n) != 0 || (name[n] != ' ' && name[n] != '\0'))
            return 0;
        used++;
        if (name[n] == '\0')
            return used;
        name += n + 1;
    }
    return 0;
}

const stk_verb *stk_verb_named(char *const *words, int count, int *ret_words)
{
    for (const stk_verb *const *v = stk_verbs; *v != NULL; v++) {
        *ret_words = words_of(*v, words, count);
        if (*ret_words != 0)
            return *v;
    }
    return NULL;
}

/* Verbs of two words of which the first was said. */
static bool offer_second_words(char *const *words)
{
    size_t n = strlen(words[0]);
    bool any = false;
    for (const stk_verb *const *v = stk_verbs; *v != NULL; v++) {
        if (strncmp((*v)->name, words[0], n) != 0 || (*v)->name[n] != ' ')
            continue;
        fprintf(stderr, "%s'stockade %s'", any ? ", " : "stockade: say ", (*v)->name);
        any = true;
    }
    if (any)
        fputs("\n", stderr);
    return any;
}

int stk_verb_unknown(char *const *words)
{
    const char *names[64];
    size_t n = 0;
    if (offer_second_words(words))
        return STK_EXIT_USAGE;
    for (const stk_verb *const *v = stk_verbs; *v != NULL && n < STK_COUNT(names); v++)
        names[n++] = (*v)->name;
    const char *near = stk_nearest((stk_str){ words[0], strlen(words[0]) }, names, n);
    fprintf(stderr, "stockade: no verb '%s'", words[0]);
    if (near != NULL)
        fprintf(stderr, " (did you mean '%s'?)", near);
    fputs("\n`stockade help` lists them.\n", stderr);
    return STK_EXIT_USAGE;
}

int stk_complain(const stk_error *err)
{
    fputs("stockade: ", stderr);
    if (err->file[0] != '\0')
        fprintf(stderr, "%s:", err->file);
    if (err->line != 0)
        fprintf(stderr, "%u:%u:", err->line, err->column);
    fprintf(stderr, "%s%s\n", err->file[0] != '\0' || err->line != 0 ? " " : "", err->text);
    bool theirs = err->status == STK_ERR_INVALID || err->status == STK_ERR_SYNTAX ||
                  err->status == STK_ERR_LIMIT;
    return theirs ? STK_EXIT_USAGE : STK_EXIT_ENVIRONMENT;
}

stk_status stk_environment(stk_status status, stk_error *err)
{
    if (status == STK_OK)
        return STK_OK;
    err->status = STK_ERR_IO;
    return STK_ERR_IO;
}

int stk_usage_error(const stk_verb *verb, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("stockade: ", stderr);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\nusage: stockade %s [OPTION...] %s\n`stockade %s --help` says more.\n",
            verb->name, verb->arguments, verb->name);
    return STK_EXIT_USAGE;
}

static const stk_spec *option_named(const stk_verb *verb, stk_str key)
{
    for (size_t o = 0; o < verb->option_count; o++)
        if (stk_str_eq(key, (stk_str){ verb->options[o].key, strlen(verb->options[o].key) }))
            return &verb->options[o];
    return NULL;
}

/* One "--key[=value]"; takes the next word as the value where one is needed. -1: go on. */
static int take_option(const stk_verb *verb, char **words, int count, int *at, void *options)
{
    const char *word = words[*at] + 2;
    const char *equals = strchr(word, '=');
    stk_str key = { word, equals == NULL ? strlen(word) : (size_t)(equals - word) };
    stk_str value = STK_S("true");
    const stk_spec *option = option_named(verb, key);
    if (equals != NULL) {
        value = (stk_str){ equals + 1, strlen(equals + 1) };
    } else if (option != NULL && option->kind != STK_BOOL) {
        if (*at + 1 == count)
            return stk_usage_error(verb, "--%s needs a value", option->key);
        (*at)++;
        value = (stk_str){ words[*at], strlen(words[*at]) };
    }
    stk_error err;
    if (stk_spec_set(verb->options, verb->option_count, options, key, value, &err) != STK_OK)
        return stk_usage_error(verb, "--%" STK_SFMT ": %s", STK_SARG(key), err.text);
    return -1;
}

int stk_verb_parse(const stk_verb *verb, char **words, int count, void *options, stk_call *ret)
{
    stk_spec_defaults(verb->options, verb->option_count, options);
    int kept = 0;
    bool only_args = false;
    for (int i = 0; i < count; i++) {
        if (!only_args && strcmp(words[i], "--") == 0) {
            only_args = true;
        } else if (!only_args && (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)) {
            stk_manual_help(verb);
            return STK_EXIT_DONE;
        } else if (!only_args && strncmp(words[i], "--", 2) == 0) {
            int code = take_option(verb, words, count, &i, options);
            if (code != -1)
                return code;
        } else if (!only_args && words[i][0] == '-' && words[i][1] != '\0') {
            return stk_usage_error(verb, "no option %s; options have two dashes", words[i]);
        } else {
            words[kept++] = words[i];
        }
    }
    *ret = (stk_call){ .verb = verb, .options = options, .args = words, .arg_count = kept };
    return -1;
}
