/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade help`, `--help`, man pages (mdoc) and shell completion from the option tables. */
#include "cmd/config.h"
#include "cmd/manual.h"

#include <stdio.h>

struct options {
    bool man, configuration;
};

static const char *value_word(const stk_spec *option)
{
    static const char *const words[] = {
        [STK_INT] = "N",       [STK_DURATION_US] = "TIME", [STK_BYTES] = "SIZE", [STK_RATIO] = "R",
        [STK_STRING] = "TEXT", [STK_CHOICE] = "",          [STK_BOOL] = "",
    };
    return option->kind == STK_CHOICE ? option->min : words[option->kind];
}

static bool has_default(const stk_spec *option)
{
    return option->dflt != NULL && option->dflt[0] != '\0' && option->kind != STK_BOOL;
}

void stk_manual_help(const stk_verb *verb)
{
    printf("stockade %s: %s\n\nusage: stockade %s [OPTION...] %s\n", verb->name, verb->summary,
           verb->name, verb->arguments);
    if (verb->text[0] != '\0')
        printf("\n%s\n", verb->text);
    if (verb->option_count != 0)
        puts("\noptions:");
    for (size_t o = 0; o < verb->option_count; o++) {
        const stk_spec *option = &verb->options[o];
        printf("  --%s%s%s\n        %s%s%s%s\n", option->key, option->kind == STK_BOOL ? "" : " ",
               value_word(option), option->help, has_default(option) ? " Default: " : "",
               has_default(option) ? option->dflt : "", has_default(option) ? "." : "");
    }
}

void stk_manual_overview(void)
{
    puts("stockade guards the customer data of an online shop.\n\nverbs:");
    for (const stk_verb *const *v = stk_verbs; *v != NULL; v++)
        printf("  %-15s %s\n", (*v)->name, (*v)->summary);
    puts("\n`stockade VERB --help` says more. Exit codes: 0 done, 1 a check failed, 2 usage, "
         "3 environment.");
}

/* mdoc treats a leading dot or quote as a request. */
static void roff(const char *text)
{
    bool start = true;
    for (const char *c = text; *c != '\0'; c++) {
        if (start && (*c == '.' || *c == '\''))
            fputs("\\&", stdout);
        if (*c == '\\')
            fputs("\\e", stdout);
        else
            putchar(*c);
        start = *c == '\n';
    }
}

static void man_options(const stk_verb *verb)
{
    puts(".Bl -tag -width Ds");
    for (size_t o = 0; o < verb->option_count; o++) {
        const stk_spec *option = &verb->options[o];
        printf(".It Fl Fl %s%s%s\n", option->key, option->kind == STK_BOOL ? "" : " Ar ",
               value_word(option));
        roff(option->help);
        if (has_default(option))
            printf("\nDefault:\n.Ql %s .\n", option->dflt);
        else
            putchar('\n');
    }
    puts(".El");
}

static void man_page(void)
{
    puts(".Dd $Mdocdate$\n.Dt STOCKADE 1\n.Os\n.Sh NAME\n.Nm stockade\n.Nd guard the customer data "
         "of an online shop\n.Sh SYNOPSIS\n.Nm\n.Ar verb\n.Op Ar option ...\n.Op Ar argument ...\n"
         ".Sh DESCRIPTION");
    for (const stk_verb *const *v = stk_verbs; *v != NULL; v++) {
        printf(".Ss stockade %s %s\n", (*v)->name, (*v)->arguments);
        roff((*v)->summary);
        puts(".");
        if ((*v)->text[0] != '\0') {
            puts(".Pp");
            roff((*v)->text);
            putchar('\n');
        }
        if ((*v)->option_count != 0)
            man_options(*v);
    }
    puts(".Sh EXIT STATUS\n0: done, findings included. 1: a check that was asked for failed. 2: "
         "usage. 3: environment (a file, a disk, a key, memory).");
}

/* ---- docs/configuration.md ------------------------------------------------------------------ */

static void section(const char *name, const char *summary, const stk_spec *spec, size_t count)
{
    printf("\n## %s\n\n%s.\n\n", name, summary);
    if (count == 0) {
        puts("No options.");
        return;
    }
    puts("| option | what it is | default | range |\n|---|---|---|---|");
    for (size_t o = 0; o < count; o++)
        printf("| `%s` | %s | %s | %s%s%s |\n", spec[o].key, spec[o].help,
               spec[o].dflt == NULL ? "" : spec[o].dflt, spec[o].min == NULL ? "" : spec[o].min,
               spec[o].max == NULL ? "" : " to ", spec[o].max == NULL ? "" : spec[o].max);
}

static void configuration_page(void)
{
    puts("# Configuration\n\nThis page is printed by `stockade help --configuration` from the "
         "option "
         "tables.\n\n`stockade run` reads `DIR/stockade.yaml` (it makes one when there is none); "
         "`replay` and `check` take `--config FILE`.\nPaths are taken from the file's directory. "
         "`stockade check --config FILE` says what is wrong, with line and column.\n\n"
         "| key | what it is |\n|---|---|");
    stk_config_manual();
    puts("\nBelow: the options of each detector, under `detectors:`, and of `correlate:`.");
    for (const stk_detector *const *d = stk_detectors; *d != NULL; d++)
        section((*d)->name, (*d)->summary, (*d)->spec, (*d)->spec_count);
    section("correlate", "Findings of one story become one incident", stk_correlate_spec,
            stk_correlate_spec_count);
}

static int run_help(const stk_call *call)
{
    const struct options *options = call->options;
    if (options->man)
        man_page();
    if (options->configuration)
        configuration_page();
    if (options->man || options->configuration)
        return STK_EXIT_DONE;
    if (call->arg_count == 0) {
        stk_manual_overview();
        return STK_EXIT_DONE;
    }
    int words;
    const stk_verb *verb = stk_verb_named(call->args, call->arg_count, &words);
    if (verb == NULL)
        return stk_verb_unknown(call->args);
    stk_manual_help(verb);
    return STK_EXIT_DONE;
}

static const stk_spec help_options[] = {
    { "man", STK_BOOL, offsetof(struct options, man), "false", NULL, NULL,
      "Print the manual page stockade(1), in mdoc." },
    { "configuration", STK_BOOL, offsetof(struct options, configuration), "false", NULL, NULL,
      "Print the page of every configuration option, in Markdown." },
};

const stk_verb stk_verb_help = {
    .name = "help",
    .summary = "what stockade can do",
    .arguments = "[VERB]",
    .text = "",
    .options = help_options,
    .option_count = STK_COUNT(help_options),
    .options_size = sizeof(struct options),
    .run = run_help,
};

/* ---- completion ---------------------------------------------------------------------------- */

static int run_completion(const stk_call *call)
{
    if (call->arg_count != 1 || strcmp(call->args[0], "bash") != 0)
        return stk_usage_error(call->verb, "name the shell: bash");
    puts("_stockade() {\n    local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
         "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in");
    for (int two_words = 1; two_words >= 0; two_words--)
        for (const stk_verb *const *v = stk_verbs; *v != NULL; v++) {
            bool two = strchr((*v)->name, ' ') != NULL;
            if (two != two_words)
                continue;
            printf("    \"%s\"%s) words=\"", (*v)->name, two ? "" : "\" \"*");
            for (size_t o = 0; o < (*v)->option_count; o++)
                printf("--%s ", (*v)->options[o].key);
            puts("\" ;;");
        }
    fputs("    esac\n    if [ \"$COMP_CWORD\" -eq 1 ]; then words=\"", stdout);
    for (const stk_verb *const *v = stk_verbs; *v != NULL; v++)
        printf("%.*s ", (int)strcspn((*v)->name, " "), (*v)->name);
    puts("\"; fi\n    case $cur in -*) ;; *) [ \"$COMP_CWORD\" -eq 1 ] || "
         "{ COMPREPLY=($(compgen -f -- \"$cur\")); return; } ;; esac\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
         "complete -o filenames -F _stockade stockade");
    return STK_EXIT_DONE;
}

const stk_verb stk_verb_completion = {
    .name = "completion",
    .summary = "completion of verbs and options for a shell",
    .arguments = "bash",
    .text = "Put `source <(stockade completion bash)` into ~/.bashrc.",
    .run = run_completion,
};

/* ---- version ------------------------------------------------------------------------------- */

struct version_options {
    bool json;
};

static int run_version(const stk_call *call)
{
    const struct version_options *options = call->options;
    if (call->arg_count != 0)
        return stk_usage_error(call->verb, "takes no argument, not '%s'", call->args[0]);
    puts(options->json ? "{\"v\":1,\"name\":\"stockade\",\"version\":\"" STK_VERSION "\"}"
                       : "stockade " STK_VERSION);
    return STK_EXIT_DONE;
}

static const stk_spec version_options_table[] = {
    STK_OPTION_JSON(struct version_options),
};

const stk_verb stk_verb_version = {
    .name = "version",
    .summary = "which version this is",
    .arguments = "",
    .text = "",
    .options = version_options_table,
    .option_count = STK_COUNT(version_options_table),
    .options_size = sizeof(struct version_options),
    .run = run_version,
};
