/*
 * mod_freehold: rules that apply in this Apache whatever the owner's .htaccess files contain.
 *
 * 1. All of these reflect the scheme that the visitor used: %{HTTPS}, %{SSL:HTTPS}, %{SERVER_PORT} and %{REQUEST_SCHEME} of
 *    mod_rewrite, Apache's own redirects, PHP's $_SERVER. The edge reports it in X-Forwarded-Proto; from any other address that and
 *    the similar headers are not trustworthy and are dropped. Debian's mod_rpaf and mod_remoteip change the address alone.
 * 2. PHP is run or refused, and never sent as text. Handlers of other hosting panels, such as application/x-lsphp81,
 *    have no effect but on files that have PHP in them under another name; where PHP is switched off, its files are
 *    forbidden. So is any other file that begins with PHP.
 * 3. Options cannot switch off both kinds of symbolic links: mod_rewrite would then refuse every page.
 *
 *   FreeholdEdge ADDRESS      the address that requests of the edge come from
 */
#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_ssl.h"
#include "http_core.h"
#include "ap_regex.h"
#include "apr_lib.h"
#include "apr_mmap.h"
#include "apr_strings.h"

extern module AP_MODULE_DECLARE_DATA freehold_module;
APLOG_USE_MODULE(freehold);

static const char *const php = "application/x-httpd-php";
static const char *const https_note = "freehold-https";
static const char *edge_address = NULL;
/* How far PHP is searched for in a file that a handler of another panel is set for. */
static const apr_size_t searched_bytes = 1024 * 1024;
static ap_regex_t *program, *source, *panel;

/* Where proxies of other providers report https, and how: what .htaccess files and plugins look at. */
static const char *const scheme_headers[][2] = {
    { "X-Forwarded-Ssl", "on" },
    { "X-Forwarded-Port", "443" },
    { "X-Forwarded-Scheme", "https" },
    { "X-Forwarded-Protocol", "https" },
    { "X-Url-Scheme", "https" },
    { "X-Proto", "SSL" },
    { "CloudFront-Forwarded-Proto", "https" },
    { "Front-End-Https", "on" },
    { "X-Forwarded-Https", "on" },
    { "X-Https", "on" },
    { "CF-Visitor", "{\"scheme\":\"https\"}" },
    { "Forwarded", "proto=https" },
    { NULL, NULL }
};

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

    for (const char *const (*name)[2] = scheme_headers; (*name)[0] != NULL; name++) apr_table_unset(r->headers_in, (*name)[0]);
    if (!is_from_edge(r)) {
        apr_table_unset(r->headers_in, "X-Forwarded-Proto");
        apr_table_unset(r->headers_in, "X-Forwarded-For");
    }
    if (!is_https) {
        apr_table_unset(r->connection->notes, https_note);
        return DECLINED;
    }
    for (const char *const (*name)[2] = scheme_headers; (*name)[0] != NULL; name++)
        apr_table_setn(r->headers_in, (*name)[0], (*name)[1]);
    apr_table_setn(r->subprocess_env, "HTTPS", "on");
    apr_table_setn(r->connection->notes, https_note, "on");
    r->server = https_server(r);
    return DECLINED;
}

static int is_https_connection(conn_rec *c)
{
    return apr_table_get(c->notes, https_note) != NULL ? OK : DECLINED;
}

/* %{SSL:…} of mod_rewrite: what mod_ssl, which is not loaded, says about a connection. The edge accepts TLS 1.2 and newer. */
static const char *ssl_variable(apr_pool_t *pool, server_rec *server, conn_rec *c, request_rec *r, const char *name)
{
    const int is_https = is_https_connection(c) == OK;

    (void)pool;
    (void)server;
    if (strcasecmp(name, "HTTPS") == 0) return is_https ? "on" : "off";
    if (!is_https) return NULL;
    if (strcasecmp(name, "SSL_PROTOCOL") == 0) return "TLSv1.2";
    return strcasecmp(name, "SSL_TLS_SNI") == 0 && r != NULL ? r->hostname : NULL;
}

static int matches(const ap_regex_t *pattern, const char *text)
{
    return text != NULL && ap_regexec(pattern, text, 0, NULL, 0) == 0;
}

/* Whether an opening tag of PHP is at this place: <?php, <?= or <? and a space. */
static int is_php_tag(const char *text, const char *end)
{
    if (end - text < 3 || text[0] != '<' || text[1] != '?') return 0;
    if (text[2] == '=' || apr_isspace(text[2])) return 1;
    return end - text >= 5 && strncasecmp(text + 2, "php", 3) == 0;
}

static int begins_with_php(const char *text, const char *end)
{
    if (end - text >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) text += 3;
    if (end - text >= 2 && text[0] == '#' && text[1] == '!')
        while (text < end && *text != '\n') text++;
    while (text < end && apr_isspace(*text)) text++;
    return is_php_tag(text, end);
}

static int contains_php(const char *text, const char *end)
{
    for (; text != NULL && text < end; text++) {
        text = memchr(text, '<', end - text);
        if (text == NULL) return 0;
        if (is_php_tag(text, end)) return 1;
    }
    return 0;
}

/* Whether a test holds for the beginning of the requested file. A file that cannot be read here cannot be sent either. */
static int file_has(request_rec *r, int (*test)(const char *, const char *))
{
    apr_file_t *file;
    apr_mmap_t *map;
    int answer = 0;
    const apr_size_t bytes = (apr_size_t)r->finfo.size < searched_bytes ? (apr_size_t)r->finfo.size : searched_bytes;

    if (r->finfo.filetype != APR_REG || bytes == 0) return 0;
    if (apr_file_open(&file, r->filename, APR_READ | APR_BINARY, APR_OS_DEFAULT, r->pool) != APR_SUCCESS) return 0;
    if (apr_mmap_create(&map, file, 0, bytes, APR_MMAP_READ, r->pool) == APR_SUCCESS) {
        answer = test(map->mm, (const char *)map->mm + bytes);
        apr_mmap_delete(map);
    }
    apr_file_close(file);
    return answer;
}

/* Before mod_rewrite, which refuses every page if the owner's Options exclude both kinds of links. */
static int keep_links(request_rec *r)
{
    core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    if (!(core->opts & (OPT_SYM_LINKS | OPT_SYM_OWNER))) core->opts |= OPT_SYM_OWNER;
    return DECLINED;
}

/* Before all other handlers: the name and the content of a file determine whether it is PHP, not .htaccess. */
static int choose_handler(request_rec *r)
{
    /* mod_rewrite's redirects. The name of its handler alone proves nothing: .htaccess can set it for a file. */
    if (r->filename != NULL && strncmp(r->filename, "redirect:", 9) == 0) return DECLINED;
    if (matches(program, r->filename)) {
        r->handler = php;
    } else if (matches(source, r->filename)) {
        return HTTP_FORBIDDEN;
    } else if (r->finfo.filetype == APR_REG && matches(panel, r->handler)) {
        r->handler = file_has(r, contains_php) ? php : "default-handler";
    } else if (file_has(r, begins_with_php)) {
        return HTTP_FORBIDDEN;
    }
    return DECLINED;
}

/* After PHP, before the handler that sends files: files that PHP did not handle because it is switched off. */
static int refuse_source(request_rec *r)
{
    if (r->handler == NULL || strcmp(r->handler, php) != 0) return DECLINED;
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
    panel = ap_pregcomp(pool, "php|lsapi|fcgi|cgi-script|^proxy:", AP_REG_EXTENDED | AP_REG_ICASE | AP_REG_NOSUB);
    ap_hook_post_read_request(read_scheme, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_ssl_conn_is_ssl(is_https_connection, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_ssl_var_lookup(ssl_variable, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(keep_links, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(choose_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(refuse_source, NULL, NULL, APR_HOOK_LAST);
}

module AP_MODULE_DECLARE_DATA freehold_module = { STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands, register_hooks };
