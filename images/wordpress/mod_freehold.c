/*
 * mod_freehold: rules that apply in this Apache whatever the owner's .htaccess files contain.
 *
 * 1. All of these reflect the scheme that the visitor used: %{HTTPS}, %{SERVER_PORT} and %{REQUEST_SCHEME} of mod_rewrite,
 *    Apache's own redirects, PHP's $_SERVER. The edge reports it in X-Forwarded-Proto; from any other address that and
 *    the similar headers are not trustworthy and are dropped. Debian's mod_rpaf and mod_remoteip change the address alone.
 * 2. PHP is run or refused, and never sent as text. Handlers of other hosting panels, such as application/x-lsphp81,
 *    have no effect; where PHP is switched off, its files are forbidden.
 *
 *   FreeholdEdge ADDRESS      the address that requests of the edge come from
 */
#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_ssl.h"
#include "ap_regex.h"
#include "apr_strings.h"

extern module AP_MODULE_DECLARE_DATA freehold_module;
APLOG_USE_MODULE(freehold);

static const char *const php = "application/x-httpd-php";
static const char *const https_note = "freehold-https";
static const char *edge_address = NULL;
static ap_regex_t *program, *source, *markup, *panel;

static int is_from_edge(const request_rec *r)
{
    return edge_address != NULL && strcmp(r->connection->client_ip, edge_address) == 0;
}

/* A copy of the virtual host that has https as its scheme, for this connection: the original serves the others. */
static server_rec *https_server(request_rec *r)
{
    server_rec *server = apr_pmemdup(r->connection->pool, r->server, sizeof *server);
    server->server_scheme = "https";
    server->port = 443;
    return server;
}

static int read_scheme(request_rec *r)
{
    const char *proto = apr_table_get(r->headers_in, "X-Forwarded-Proto");
    const int is_https = is_from_edge(r) && proto != NULL && strcasecmp(proto, "https") == 0;

    apr_table_unset(r->headers_in, "X-Forwarded-Ssl");
    apr_table_unset(r->headers_in, "X-Forwarded-Port");
    apr_table_unset(r->headers_in, "X-Forwarded-Scheme");
    apr_table_unset(r->headers_in, "Front-End-Https");
    if (!is_from_edge(r)) {
        apr_table_unset(r->headers_in, "X-Forwarded-Proto");
        apr_table_unset(r->headers_in, "X-Forwarded-For");
    }
    if (!is_https) {
        apr_table_unset(r->connection->notes, https_note);
        return DECLINED;
    }
    apr_table_setn(r->headers_in, "X-Forwarded-Ssl", "on");
    apr_table_setn(r->headers_in, "X-Forwarded-Port", "443");
    apr_table_setn(r->subprocess_env, "HTTPS", "on");
    apr_table_setn(r->connection->notes, https_note, "on");
    r->server = https_server(r);
    return DECLINED;
}

static int is_https_connection(conn_rec *c)
{
    return apr_table_get(c->notes, https_note) != NULL ? OK : DECLINED;
}

static int matches(const ap_regex_t *pattern, const char *text)
{
    return text != NULL && ap_regexec(pattern, text, 0, NULL, 0) == 0;
}

/* Before all other handlers: the name of a file determines whether it is PHP, not the content of .htaccess. */
static int choose_handler(request_rec *r)
{
    if (r->handler != NULL && strcmp(r->handler, "redirect-handler") == 0) return DECLINED;
    if (matches(program, r->filename)) {
        r->handler = php;
    } else if (matches(source, r->filename)) {
        return HTTP_FORBIDDEN;
    } else if (matches(markup, r->filename) && matches(panel, r->handler)) {
        /* AddHandler of another panel for pages with PHP in them. */
        r->handler = php;
    }
    return DECLINED;
}

/* After PHP, before the handler that sends files: files that PHP did not handle because it is switched off. */
static int refuse_source(request_rec *r)
{
    if (r->handler == NULL || strcmp(r->handler, php) != 0) return DECLINED;
    if (!matches(program, r->filename) && !matches(markup, r->filename)) return DECLINED;
    if (strcmp(r->filename, "/usr/share/wordpress/index.php") != 0) return HTTP_FORBIDDEN;
    /* That affects every page, so the site is down. */
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "PHP is switched off for the whole site: remove 'php_flag engine off' from .htaccess");
    return HTTP_SERVICE_UNAVAILABLE;
}

static const char *set_edge(cmd_parms *cmd, void *config, const char *address)
{
    (void)config;
    edge_address = apr_pstrdup(cmd->pool, address);
    return NULL;
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("FreeholdEdge", set_edge, NULL, RSRC_CONF, "The address that requests of the edge come from"),
    { NULL }
};

static void register_hooks(apr_pool_t *pool)
{
    program = ap_pregcomp(pool, "\\.php$", AP_REG_EXTENDED | AP_REG_NOSUB);
    source = ap_pregcomp(pool, "\\.ph(p[0-9]?|tml|ar|ps|t)(~|\\.(bak|old|orig|save|sw[a-p]|tmp|copy|[0-9]+))?$",
                         AP_REG_EXTENDED | AP_REG_ICASE | AP_REG_NOSUB);
    markup = ap_pregcomp(pool, "\\.(s?html?|inc)$", AP_REG_EXTENDED | AP_REG_ICASE | AP_REG_NOSUB);
    panel = ap_pregcomp(pool, "php|lsapi", AP_REG_EXTENDED | AP_REG_ICASE | AP_REG_NOSUB);
    ap_hook_post_read_request(read_scheme, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_ssl_conn_is_ssl(is_https_connection, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(choose_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(refuse_source, NULL, NULL, APR_HOOK_LAST);
}

module AP_MODULE_DECLARE_DATA freehold_module = { STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands, register_hooks };
