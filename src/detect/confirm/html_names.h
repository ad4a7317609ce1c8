/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_CONFIRM_HTML_NAMES_H
#define STK_DETECT_CONFIRM_HTML_NAMES_H
/* Names of elements and attributes by what they can do. Sorted: they are searched by halving.
 * Sources: HTML Living Standard, SVG 2, and what browsers of the past knew. */

/* Elements that run script, load documents, or change where the page's references lead; how sure a
 * bare one makes us, and one with an attribute. */
static const struct active_tag {
    const char *name;
    double bare, dressed;
} active_tags[] = {
    { "animate", .35, .6 },  { "animatetransform", .35, .6 }, { "applet", .6, .9 },
    { "base", .3, .75 },     { "bgsound", .5, .8 },           { "embed", .5, .85 },
    { "frame", .5, .8 },     { "frameset", .6, .8 },          { "handler", .4, .7 },
    { "iframe", .6, .85 },   { "ilayer", .6, .8 },            { "import", .6, .8 },
    { "isindex", .7, .8 },   { "layer", .5, .75 },            { "link", .3, .65 },
    { "listener", .5, .7 },  { "math", .4, .55 },             { "meta", .3, .7 },
    { "object", .4, .85 },   { "script", .9, .95 },           { "set", .2, .4 },
    { "style", .55, .6 },    { "svg", .55, .7 },              { "vmlframe", .7, .9 },
    { "xml", .4, .55 },      { "xss", .8, .9 },
};

/* Ordinary elements: they matter for what their attributes do, and where no markup belongs. */
static const char *const plain_tags[] = {
    "a",        "abbr",    "area",   "article",  "audio",   "b",        "blockquote", "body",
    "br",       "button",  "canvas", "center",   "code",    "col",      "comment",    "dd",
    "details",  "dialog",  "div",    "dl",       "dt",      "em",       "fieldset",   "font",
    "footer",   "form",    "h1",     "h2",       "h3",      "h4",       "h5",         "h6",
    "head",     "header",  "hr",     "html",     "i",       "image",    "img",        "input",
    "keygen",   "label",   "li",     "main",     "map",     "marquee",  "menu",       "nav",
    "noembed",  "noscript", "ol",    "option",   "p",       "param",    "picture",    "plaintext",
    "pre",      "q",       "s",      "section",  "select",  "small",    "source",     "span",
    "strong",   "sub",     "sup",    "table",    "tbody",   "td",       "template",   "textarea",
    "th",       "title",   "tr",     "track",    "tt",      "u",        "ul",         "video",
    "xmp",
};

/* Those that only shape text, unless an attribute leads to another server. */
static const char *const shaping_tags[] = {
    "a",      "abbr",  "article", "b",  "blockquote", "br", "center", "code",  "col", "dd",  "dl",
    "dt",     "em",    "font",    "h1", "h2",         "h3", "h4",     "h5",    "h6",  "hr",  "i",
    "img",    "label", "li",      "ol", "p",          "pre", "q",     "s",     "section", "small", "span",
    "strong", "sub",   "sup",     "table", "tbody",   "td", "th",     "tr",    "tt",  "u",   "ul",
};

/* Elements whose content is text: closing one that the value did not open is a way out. */
static const char *const raw_text_tags[] = {
    "comment", "iframe", "noembed",  "noframes", "noscript", "script", "select",
    "style",   "svg",    "template", "textarea", "title",    "xmp",
};

/* Event handler attributes. */
static const char *const events[] = {
    "onabort", "onactivate", "onafterprint", "onafterscriptexecute", "onafterupdate",
    "onanimationcancel", "onanimationend", "onanimationiteration", "onanimationstart", "onauxclick",
    "onbeforeactivate", "onbeforecopy", "onbeforecut", "onbeforedeactivate", "onbeforeeditfocus",
    "onbeforeinput", "onbeforematch", "onbeforepaste", "onbeforeprint", "onbeforescriptexecute",
    "onbeforetoggle", "onbeforeunload", "onbeforeupdate", "onbegin", "onblur", "onbounce",
    "oncancel", "oncanplay", "oncanplaythrough", "oncellchange", "onchange", "onclick", "onclose",
    "oncontextmenu", "oncontrolselect", "oncopy", "oncuechange", "oncut", "ondataavailable",
    "ondatasetchanged", "ondatasetcomplete", "ondblclick", "ondeactivate", "ondrag", "ondragdrop",
    "ondragend", "ondragenter", "ondragexit", "ondragleave", "ondragover", "ondragstart", "ondrop",
    "ondurationchange", "onemptied", "onend", "onended", "onerror", "onerrorupdate",
    "onfilterchange", "onfinish", "onfocus", "onfocusin", "onfocusout", "onformchange",
    "onforminput", "onfullscreenchange", "onhashchange", "onhelp", "oninput", "oninvalid",
    "onkeydown", "onkeypress", "onkeyup", "onlayoutcomplete", "onload", "onloadeddata",
    "onloadedmetadata", "onloadend", "onloadstart", "onlosecapture", "onmediacomplete",
    "onmediaerror", "onmessage", "onmousedown", "onmouseenter", "onmouseleave", "onmousemove",
    "onmouseout", "onmouseover", "onmouseup", "onmousewheel", "onmove", "onmoveend", "onmovestart",
    "onoffline", "ononline", "onoutofsync", "onpagehide", "onpageshow", "onpaste", "onpause",
    "onplay", "onplaying", "onpointercancel", "onpointerdown", "onpointerenter", "onpointerleave",
    "onpointermove", "onpointerout", "onpointerover", "onpointerrawupdate", "onpointerup",
    "onpopstate", "onprogress", "onpropertychange", "onratechange", "onreadystatechange",
    "onredo", "onrepeat", "onreset", "onresize", "onresizeend", "onresizestart", "onresume",
    "onreverse", "onrowdelete", "onrowenter", "onrowexit", "onrowinserted", "onrowsdelete",
    "onrowsenter", "onrowsinserted", "onscroll", "onscrollend", "onsearch", "onseek", "onseeked",
    "onseeking", "onselect", "onselectionchange", "onselectstart", "onshow", "onslotchange",
    "onstalled", "onstart", "onstop", "onstorage", "onsubmit", "onsuspend", "onsyncrestored",
    "ontimeerror", "ontimeupdate", "ontoggle", "ontouchcancel", "ontouchend", "ontouchmove",
    "ontouchstart", "ontrackchange", "ontransitioncancel", "ontransitionend", "ontransitionrun",
    "ontransitionstart", "onundo", "onunhandledrejection", "onunload", "onurlflip",
    "onvolumechange", "onwaiting", "onwebkitanimationend", "onwebkitanimationiteration",
    "onwebkitanimationstart", "onwebkittransitionend", "onwheel", "onzoom",
};
#endif
