#ifndef CLIBXML2_SHIM_H
#define CLIBXML2_SHIM_H

// libxml2's encoding.h shows ICU's own types where libxml2 was built with ICU, and Foundation brings another ICU: the
// compiler may not load both. Nothing that this module uses depends on them.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

/// Why clibxml2_parse gave no tree.
typedef enum {
    CLIBXML2_OK = 0,
    /// The text is not well-formed, namespaces included, or libxml2 ran out of memory; `reason` says which.
    CLIBXML2_MALFORMED,
    /// The document has a DOCTYPE. The parser was stopped before it read what is in it.
    CLIBXML2_DOCTYPE,
    /// Elements are nested deeper than was allowed. The parser was stopped there.
    CLIBXML2_TOO_DEEP,
} clibxml2_status;

/// How a parse ended: the first thing that went wrong, with its place. Line and column count from 1; 0 is unknown.
typedef struct {
    clibxml2_status status;
    int line;
    int column;
    int max_depth;
    /// libxml2's own sentence, NUL-terminated, cut to fit (perhaps inside a character).
    char reason[400];
} clibxml2_outcome;

static inline clibxml2_outcome *clibxml2_outcome_of(void *ctx) {
    return (clibxml2_outcome *)((xmlParserCtxtPtr)ctx)->_private;
}

/// Records the first failure and makes libxml2 read no further.
static inline void clibxml2_stop(void *ctx, clibxml2_status status) {
    xmlParserCtxtPtr parser = (xmlParserCtxtPtr)ctx;
    clibxml2_outcome *outcome = clibxml2_outcome_of(ctx);
    if (outcome->status == CLIBXML2_OK) {
        outcome->status = status;
        outcome->line = parser->input ? parser->input->line : 0;
        outcome->column = parser->input ? parser->input->col : 0;
    }
    xmlStopParser(parser);
}

static inline void clibxml2_on_doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
    (void)name, (void)external, (void)system;
    clibxml2_stop(ctx, CLIBXML2_DOCTYPE);
}

static inline void clibxml2_on_start(
    void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
    const xmlChar **namespaces, int attribute_count, int defaulted_count, const xmlChar **attributes) {
    if (((xmlParserCtxtPtr)ctx)->nodeNr >= clibxml2_outcome_of(ctx)->max_depth) {
        clibxml2_stop(ctx, CLIBXML2_TOO_DEEP);
        return;
    }
    xmlSAX2StartElementNs(
        ctx, name, prefix, uri, namespace_count, namespaces, attribute_count, defaulted_count, attributes);
}

// libxml2 2.12 made the error that it hands out const.
#if LIBXML_VERSION >= 21200
static inline void clibxml2_on_error(void *ctx, const xmlError *error) {
#else
static inline void clibxml2_on_error(void *ctx, xmlErrorPtr error) {
#endif
    clibxml2_outcome *outcome = clibxml2_outcome_of(ctx);
    if (error->level < XML_ERR_ERROR || outcome->status != CLIBXML2_OK) return;
    // A namespace is a name: that it is no good URI hurts nobody, and libxml2 calls it a warning in all but the level.
    if (error->code == XML_WAR_NS_URI || error->code == XML_WAR_NS_URI_RELATIVE) return;
    outcome->status = CLIBXML2_MALFORMED;
    outcome->line = error->line;
    outcome->column = error->int2;
    snprintf(outcome->reason, sizeof outcome->reason, "%s", error->message ? error->message : "");
}

/// Parses `count` bytes of UTF-8, whatever encoding they declare, into a tree that the caller frees with xmlFreeDoc.
///
/// `count` must be bounded by the caller. Loads nothing, from network or files, expands no entity, and refuses any DOCTYPE. On failure returns NULL and
/// `outcome` says why. Keeps no global state: threads may parse at once, after one call of xmlInitParser.
static inline xmlDocPtr clibxml2_parse(const char *bytes, int count, int max_depth, clibxml2_outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    outcome->max_depth = max_depth;
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (!parser) {
        outcome->status = CLIBXML2_MALFORMED;
        snprintf(outcome->reason, sizeof outcome->reason, "out of memory");
        return NULL;
    }
    parser->_private = outcome;
    parser->sax->serror = clibxml2_on_error;
    parser->sax->internalSubset = clibxml2_on_doctype;
    parser->sax->startElementNs = clibxml2_on_start;
    // HUGE lifts limits of libxml2's that would bite below ours; without entities size and depth bound all there is.
    int options = XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES
        | XML_PARSE_HUGE;
    xmlDocPtr document = xmlCtxtReadMemory(parser, bytes, count, NULL, "UTF-8", options);
    if (!document && outcome->status == CLIBXML2_OK) {
        outcome->status = CLIBXML2_MALFORMED;
        snprintf(outcome->reason, sizeof outcome->reason, "the parser gave up without a reason");
    }
    xmlFreeParserCtxt(parser);
    if (document && outcome->status != CLIBXML2_OK) {
        xmlFreeDoc(document);
        document = NULL;
    }
    return document;
}

/// Frees what libxml2 allocated; xmlFree is a global variable, which Swift 6 refuses to read.
static inline void clibxml2_free(void *memory) { xmlFree(memory); }

#endif
