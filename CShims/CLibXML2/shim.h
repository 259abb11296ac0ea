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
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>
#include <string.h>

/// Why clibxml2_parse did not read a document to its end.
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
    /// libxml2's own sentence, NUL-terminated, cut to fit (perhaps inside a character).
    char reason[400];
} clibxml2_outcome;

/// Who is given what stands in a document, in its order. Texts last as long as the call that they are handed to.
typedef struct {
    /// The first argument of each function.
    void *reader;
    /// An element begins: the line of its start tag's end, its name, prefix and namespace (NULL for none), its
    /// declarations (each a prefix, or NULL, and a URI) and its attributes (each a name, a prefix, a namespace, and where
    /// the value, references resolved, begins and ends).
    void (*start)(
        void *reader, int line, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int declaration_count,
        const xmlChar **declarations, int attribute_count, const xmlChar **attributes);
    /// The element that began last, and has not ended, ends.
    void (*end)(void *reader);
    /// `count` bytes of text, a CDATA section's among them; one text may come in several parts.
    void (*text)(void *reader, const xmlChar *text, int count);
    void (*comment)(void *reader, const xmlChar *text);
    /// `data` is NULL where there is none.
    void (*instruction)(void *reader, const xmlChar *target, const xmlChar *data);
} clibxml2_events;

/// One parse on its way.
typedef struct {
    const clibxml2_events *events;
    clibxml2_outcome *outcome;
    int depth;
    int max_depth;
} clibxml2_parse_state;

static inline clibxml2_parse_state *clibxml2_state_of(void *ctx) {
    return (clibxml2_parse_state *)((xmlParserCtxtPtr)ctx)->_private;
}

/// Records the first failure and makes libxml2 read no further.
static inline void clibxml2_stop(void *ctx, clibxml2_status status) {
    xmlParserCtxtPtr parser = (xmlParserCtxtPtr)ctx;
    clibxml2_outcome *outcome = clibxml2_state_of(ctx)->outcome;
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
    clibxml2_parse_state *state = clibxml2_state_of(ctx);
    if (state->depth >= state->max_depth) {
        clibxml2_stop(ctx, CLIBXML2_TOO_DEEP);
        return;
    }
    state->depth++;
    // What an xml:id may be, and that no two are the same, libxml2 checks where it makes a node of the element.
    for (int i = 0; i < attribute_count; i++) {
        const xmlChar *attribute = attributes[5 * i], *attribute_prefix = attributes[5 * i + 1];
        if (attribute_prefix && xmlStrEqual(attribute_prefix, BAD_CAST "xml")
            && xmlStrEqual(attribute, BAD_CAST "id")) {
            xmlSAX2StartElementNs(
                ctx, name, prefix, uri, namespace_count, namespaces, attribute_count, defaulted_count, attributes);
            xmlSAX2EndElementNs(ctx, name, prefix, uri);
        }
    }
    state->events->start(
        state->events->reader, ((xmlParserCtxtPtr)ctx)->input->line, name, prefix, uri, namespace_count, namespaces,
        attribute_count, attributes);
}

static inline void clibxml2_on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)name, (void)prefix, (void)uri;
    clibxml2_parse_state *state = clibxml2_state_of(ctx);
    state->depth--;
    state->events->end(state->events->reader);
}

static inline void clibxml2_on_text(void *ctx, const xmlChar *text, int count) {
    const clibxml2_events *events = clibxml2_state_of(ctx)->events;
    events->text(events->reader, text, count);
}

static inline void clibxml2_on_comment(void *ctx, const xmlChar *text) {
    const clibxml2_events *events = clibxml2_state_of(ctx)->events;
    events->comment(events->reader, text);
}

static inline void clibxml2_on_instruction(void *ctx, const xmlChar *target, const xmlChar *data) {
    const clibxml2_events *events = clibxml2_state_of(ctx)->events;
    events->instruction(events->reader, target, data);
}

// libxml2 2.12 made the error that it hands out const.
#if LIBXML_VERSION >= 21200
static inline void clibxml2_on_error(void *ctx, const xmlError *error) {
#else
static inline void clibxml2_on_error(void *ctx, xmlErrorPtr error) {
#endif
    clibxml2_outcome *outcome = clibxml2_state_of(ctx)->outcome;
    if (error->level < XML_ERR_ERROR || outcome->status != CLIBXML2_OK) return;
    // A namespace is a name: that it is no good URI hurts nobody, and libxml2 calls it a warning in all but the level.
    if (error->code == XML_WAR_NS_URI || error->code == XML_WAR_NS_URI_RELATIVE) return;
    outcome->status = CLIBXML2_MALFORMED;
    outcome->line = error->line;
    outcome->column = error->int2;
    snprintf(outcome->reason, sizeof outcome->reason, "%s", error->message ? error->message : "");
}

/// Parses `count` bytes of UTF-8, whatever encoding they declare, and tells `events` what is in them.
///
/// `count` must be bounded by the caller. Loads nothing, from network or files, expands no entity, and refuses any
/// DOCTYPE. Whether all was read, and why not, is in `outcome`; what came of a document that was not is worth nothing.
/// Keeps no global state: threads may parse at once, after one call of xmlInitParser.
static inline void clibxml2_parse(
    const char *bytes, int count, int max_depth, const clibxml2_events *events, clibxml2_outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    clibxml2_parse_state state = {events, outcome, 0, max_depth};
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (!parser) {
        outcome->status = CLIBXML2_MALFORMED;
        snprintf(outcome->reason, sizeof outcome->reason, "out of memory");
        return;
    }
    parser->_private = &state;
    parser->sax->serror = clibxml2_on_error;
    parser->sax->internalSubset = clibxml2_on_doctype;
    parser->sax->startElementNs = clibxml2_on_start;
    parser->sax->endElementNs = clibxml2_on_end;
    parser->sax->characters = clibxml2_on_text;
    parser->sax->ignorableWhitespace = clibxml2_on_text;
    parser->sax->comment = clibxml2_on_comment;
    parser->sax->processingInstruction = clibxml2_on_instruction;
    // HUGE lifts limits of libxml2's that would bite below ours; without entities size and depth bound all there is.
    // NOENT has the values of attributes handed out with XML's own entities, the only ones there are, resolved.
    int options = XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOENT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING
        | XML_PARSE_HUGE;
    xmlDocPtr document = xmlCtxtReadMemory(parser, bytes, count, NULL, "UTF-8", options);
    if (!document && outcome->status == CLIBXML2_OK) {
        outcome->status = CLIBXML2_MALFORMED;
        snprintf(outcome->reason, sizeof outcome->reason, "the parser gave up without a reason");
    }
    xmlFreeParserCtxt(parser);
    if (document) xmlFreeDoc(document);
}

/// The node set that clibxml2_select found.
typedef enum {
    CLIBXML2_SELECTED = 0,
    /// The expression cannot be understood; it is nothing but the text that was given.
    CLIBXML2_NO_EXPRESSION,
    /// Its value is no set of nodes but a number, a text or a truth.
    CLIBXML2_NO_NODES,
    /// The document could not be read, or libxml2 ran out of memory.
    CLIBXML2_NO_DOCUMENT,
} clibxml2_selection;

/// XPath's messages go to nobody: the caller has the outcome.
#if LIBXML_VERSION >= 21200
static inline void clibxml2_ignore(void *ctx, const xmlError *error) {
#else
static inline void clibxml2_ignore(void *ctx, xmlErrorPtr error) {
#endif
    (void)ctx, (void)error;
}

/// Hands the text of `node`, which lies in `document`, to `found`; returns whether there was memory for it.
static inline int clibxml2_tell_node(
    xmlDocPtr document, xmlNodePtr node, void *reader, void (*found)(void *reader, const xmlChar *text)) {
    xmlBufferPtr buffer = xmlBufferCreate();
    if (!buffer) return 0;
    int length = xmlNodeDump(buffer, document, node, 0, 1);
    if (length >= 0) found(reader, xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return length >= 0;
}

/// Tells `found` the text of each node of a document that an XPath 1.0 expression selects, in the document's order; with
/// `is_wrapped` of one element `nodes` with copies of them.
///
/// The document is of our own making: `count` bytes of well-formed UTF-8. The prefixes that its root declares may stand in
/// the expression. Indentation is made anew, as virsh does.
static inline clibxml2_selection clibxml2_select(
    const char *bytes, int count, const char *expression, int is_wrapped, void *reader,
    void (*found)(void *reader, const xmlChar *text)) {
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS | XML_PARSE_HUGE;
    xmlDocPtr document = xmlReadMemory(bytes, count, NULL, "UTF-8", options);
    if (!document) return CLIBXML2_NO_DOCUMENT;
    xmlXPathContextPtr context = xmlXPathNewContext(document);
    if (!context) {
        xmlFreeDoc(document);
        return CLIBXML2_NO_DOCUMENT;
    }
    xmlNodePtr root = xmlDocGetRootElement(document);
    for (xmlNsPtr declared = root ? root->nsDef : NULL; declared; declared = declared->next)
        if (declared->prefix) xmlXPathRegisterNs(context, declared->prefix, declared->href);
    context->error = clibxml2_ignore;
    clibxml2_selection outcome = CLIBXML2_SELECTED;
    xmlXPathObjectPtr object = xmlXPathEvalExpression(BAD_CAST expression, context);
    if (!object) {
        outcome = CLIBXML2_NO_EXPRESSION;
    } else if (object->type != XPATH_NODESET) {
        outcome = CLIBXML2_NO_NODES;
    } else if (is_wrapped) {
        xmlDocPtr wrapping = xmlNewDoc(BAD_CAST "1.0");
        xmlNodePtr nodes = wrapping ? xmlNewDocNode(wrapping, NULL, BAD_CAST "nodes", NULL) : NULL;
        if (nodes) xmlDocSetRootElement(wrapping, nodes);
        int is_whole = nodes != NULL;
        for (int i = 0; is_whole && object->nodesetval && i < object->nodesetval->nodeNr; i++) {
            xmlNodePtr copy = xmlDocCopyNode(object->nodesetval->nodeTab[i], wrapping, 1);
            is_whole = copy && xmlAddChild(nodes, copy);
        }
        if (!is_whole || !clibxml2_tell_node(wrapping, nodes, reader, found)) outcome = CLIBXML2_NO_DOCUMENT;
        if (wrapping) xmlFreeDoc(wrapping);
    } else {
        for (int i = 0; object->nodesetval && i < object->nodesetval->nodeNr && outcome == CLIBXML2_SELECTED; i++)
            if (!clibxml2_tell_node(document, object->nodesetval->nodeTab[i], reader, found))
                outcome = CLIBXML2_NO_DOCUMENT;
    }
    if (object) xmlXPathFreeObject(object);
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
    return outcome;
}

#endif
