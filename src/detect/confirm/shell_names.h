/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_CONFIRM_SHELL_NAMES_H
#define STK_DETECT_CONFIRM_SHELL_NAMES_H
/* Commands of Unix shells, cmd.exe and PowerShell, by how likely the word is in ordinary text.
 * Sorted: they are searched by halving. */

/* Words of a language too: they count only with what follows them. */
static const char *const english_commands[] = {
    "apt",    "at",     "break",    "case",   "cat",      "clear",  "copy",    "crypt",  "curl",
    "cut",    "date",   "echo",     "emacs",  "env",      "eval",   "exec",    "exit",   "expand",
    "export", "expr",   "false",    "file",   "finger",   "fold",   "for",     "go",     "groups",
    "head",   "help",   "history",  "host",   "hostname", "if",     "install", "java",   "jobs",
    "join",   "kill",   "last",     "less",   "link",     "login",  "logout",  "look",   "mail",
    "make",   "man",    "more",     "mount",  "move",     "mysql",  "net",     "netcat", "nice",
    "node",   "open",   "passwd",   "paste",  "path",     "pause",  "perl",    "php",    "ping",
    "play",   "print",  "prompt",   "python", "query",    "quota",  "read",    "rename", "replace",
    "reset",  "route",  "ruby",     "run",    "say",      "screen", "script",  "select", "service",
    "set",    "shift",  "shutdown", "sleep",  "sort",     "source", "split",   "start",  "stat",
    "su",     "switch", "tail",     "talk",   "tee",      "telnet", "test",    "time",   "title",
    "top",    "touch",  "trap",     "tree",   "true",     "type",   "units",   "until",  "users",
    "ver",    "vim",    "vol",      "w",      "wait",     "wall",   "watch",   "where",  "while",
    "who",    "write",  "yes",
};

/* Short words that text seldom holds. */
static const char *const short_commands[] = {
    "adduser", "apt-get",      "arp",      "awk",    "bash",    "bc",        "bunzip2",
    "bzip2",   "cc",           "cd",       "chattr", "chgrp",   "chmod",     "chown",
    "chsh",    "cksum",        "clang",    "cmd",    "cmp",     "comm",      "command.com",
    "cp",      "cpan",         "crontab",  "csh",    "dash",    "dd",        "del",
    "df",      "diff",         "dig",      "dir",    "dmesg",   "docker",    "dpkg",
    "du",      "easy_install", "ed",       "egrep",  "erase",   "fdisk",     "fgrep",
    "find",    "fping",        "ftp",      "gawk",   "gcc",     "gdb",       "gem",
    "getent",  "gimp",         "git",      "grep",   "gunzip",  "gzip",      "hexdump",
    "htop",    "iconv",        "id",       "ip",     "ipfw",    "irb",       "jrunscript",
    "ksh",     "ldd",          "lftp",     "ln",     "locate",  "lp",        "ls",
    "lsblk",   "lscpu",        "lsmod",    "lsof",   "lspci",   "lsusb",     "lua",
    "lynx",    "mawk",         "md",       "mkdir",  "mkfifo",  "mkfs",      "mknod",
    "mktemp",  "modprobe",     "mv",       "nano",   "nawk",    "nc",        "ncat",
    "ndir",    "nohup",        "npm",      "od",     "openssl", "pgrep",     "pidof",
    "pip",     "pkill",        "printenv", "printf", "ps",      "psql",      "pushd",
    "pwd",     "python2",      "python3",  "rc",     "rd",      "readlink",  "reg",
    "rev",     "rm",           "rmdir",    "rpm",    "rsh",     "rsync",     "sc",
    "scp",     "sed",          "seq",      "sftp",   "sh",      "socat",     "ss",
    "ssh",     "strace",       "strings",  "sudo",   "sync",    "systemctl", "tac",
    "tar",     "tcsh",         "tftp",     "ulimit", "unlink",  "unzip",     "useradd",
    "userdel", "usermod",      "vi",       "visudo", "w3m",     "wc",        "wget",
    "xargs",   "xxd",          "yum",      "zcat",   "zip",     "zsh",
};

/* Words that are nothing but commands. */
static const char *const sure_commands[] = {
    "auditpol", "bitsadmin",  "busybox",    "certutil",       "chpasswd", "cscript",
    "dsquery",  "findstr",    "fsutil",     "gpresult",       "hping3",   "icacls",
    "ifconfig", "ipconfig",   "iptables",   "lsb_release",    "mshta",    "msiexec",
    "nbtstat",  "net1",       "netsh",      "netstat",        "nltest",   "nmap",
    "nslookup", "phpinfo",    "powershell", "powershell_ise", "pwsh",     "qwinsta",
    "rasdial",  "regsvr32",   "robocopy",   "rundll32",       "schtasks", "shell_exec",
    "sysctl",   "systeminfo", "takeown",    "taskkill",       "tasklist", "tcpdump",
    "telnetd",  "traceroute", "tracert",    "uname",          "vssadmin", "wevtutil",
    "whoami",   "wmic",       "wscript",    "xcopy",
};

/* PowerShell: Verb-Noun. Nouns that make no ordinary word, and those that do. */
static const char *const cmdlet_verbs[] = {
    "add",      "backup",      "checkpoint", "clear",   "compare", "complete", "connect",
    "convert",  "convertfrom", "convertto",  "copy",    "debug",   "disable",  "disconnect",
    "enable",   "enter",       "exit",       "export",  "foreach", "format",   "get",
    "group",    "import",      "install",    "invoke",  "join",    "limit",    "measure",
    "move",     "new",         "out",        "pop",     "push",    "read",     "receive",
    "register", "remove",      "rename",     "reset",   "resolve", "restart",  "restore",
    "resume",   "save",        "select",     "send",    "set",     "show",     "sort",
    "split",    "start",       "stop",       "suspend", "tee",     "test",     "trace",
    "undo",     "unregister",  "update",     "use",     "wait",    "where",    "write",
};

static const char *const odd_nouns[] = {
    "acl",
    "authenticodesignature",
    "bitstransfer",
    "childitem",
    "ciminstance",
    "clixml",
    "commandinfo",
    "comobject",
    "computerrestore",
    "controlpanelitem",
    "csv",
    "dnsname",
    "eventlog",
    "eventsubscriber",
    "executionpolicy",
    "expression",
    "formatdata",
    "hotfix",
    "htmlsecurity",
    "iteminfo",
    "itemproperty",
    "itempropertyvalue",
    "localgroup",
    "localgroupmember",
    "localuser",
    "mailmessage",
    "moduleinfo",
    "modulemember",
    "netipaddress",
    "netipconfiguration",
    "nettcpconnection",
    "pfxcertificate",
    "psbreakpoint",
    "psdebug",
    "psdrive",
    "psprovider",
    "psrepository",
    "pssession",
    "pssessionconfiguration",
    "pssnapin",
    "restmethod",
    "scheduledtask",
    "scriptblock",
    "securestring",
    "tracesource",
    "typedata",
    "uiculture",
    "webrequest",
    "webserviceproxy",
    "winevent",
    "wmievent",
    "wmiinstance",
    "wmimethod",
    "wmiobject",
    "wsmaninstance",
    "wsmanquickconfig",
    "wsmansessionoption",
};

static const char *const plain_nouns[] = {
    "acl",         "alias",      "command", "computer", "connection", "content",  "counter",
    "credential",  "culture",    "date",    "error",    "event",      "file",     "format",
    "help",        "history",    "host",    "item",     "job",        "list",     "location",
    "member",      "module",     "null",    "object",   "output",     "path",     "process",
    "property",    "random",     "service", "session",  "sleep",      "string",   "table",
    "transaction", "transcript", "type",    "unique",   "user",       "variable", "verbose",
    "view",        "warning",    "xml",
};

/* `net user`, `reg query`: what makes the first word a command. */
static const char *const second_words[] = {
    "accounts", "add",        "computer", "config", "delete", "export", "group",
    "import",   "localgroup", "print",    "qc",     "query",  "save",   "session",
    "share",    "start",      "stop",     "use",    "user",   "users",  "view",
};

/* Variables whose value says something of the machine. */
static const char *const told_variables[] = {
    "appdata",     "bash",
    "cmdcmdline",  "computername",
    "comspec",     "home",
    "homepath",    "hostname",
    "ifs",         "localappdata",
    "logname",     "os",
    "path",        "processor_architecture",
    "programdata", "programfiles",
    "pwd",         "random",
    "shell",       "systemdrive",
    "systemroot",  "temp",
    "tmp",         "uid",
    "user",        "userdomain",
    "username",    "userprofile",
    "windir",
};

#endif
