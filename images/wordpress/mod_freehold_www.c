/*
 * mod_freehold_www: a redirect of every page to www. in .htaccess ends at the page. WordPress answers for the name without
 * www. and would lead back for ever. Once such a redirect was seen, which discovery's probe sees before any visitor,
 * .htaccess sees the name with www., and PHP the one that was asked for.
 */
#include "httpd.h"
#include "http_config.h"
#include "http_protocol.h"
#include "http_request.h"
#include "apr_strings.h"
#include "apr_uri.h"

extern module AP_MODULE_DECLARE_DATA freehold_www_module;

/* The Host header of a request whose .htaccess sees another one. */
static const char *const host_note = "freehold-host";
/* There once .htaccess has redirected a page to the same one of www.: for all processes of this container. */
static const char *const www_mark = "/tmp/freehold-www";

static int is_for_domain(const request_rec *r)
{
    return r->hostname != NULL && strcasecmp(r->hostname, r->server->server_hostname) == 0;
}

static int is_www_seen(request_rec *r)
{
    apr_finfo_t found;
    return apr_stat(&found, www_mark, APR_FINFO_TYPE, r->pool) == APR_SUCCESS;
}

/* For .htaccess; give_back_host undoes it for what comes after. Internal redirects come here again. */
static int show_host(request_rec *r)
{
    if (r->prev == NULL) apr_table_unset(r->connection->notes, host_note);
    if (!is_for_domain(r) || !is_www_seen(r)) return DECLINED;
    if (r->prev == NULL) {
        const char *host = apr_table_get(r->headers_in, "Host");
        apr_table_set(r->connection->notes, host_note, host != NULL ? host : r->hostname);
    }
    apr_table_setn(r->headers_in, "Host", apr_pstrcat(r->pool, "www.", r->hostname, NULL));
    return DECLINED;
}

static int give_back_host(request_rec *r)
{
    const char *host = apr_table_get(r->connection->notes, host_note);
    if (host != NULL) apr_table_set(r->headers_in, "Host", host);
    return DECLINED;
}

/* The host that the same page is redirected to, or NULL. */
static const char *host_of_redirect(request_rec *first, const request_rec *last, apr_uri_t *to)
{
    const char *location = apr_table_get(last->headers_out, "Location");
    if (!ap_is_HTTP_REDIRECT(last->status) || location == NULL) return NULL;
    if (apr_uri_parse(first->pool, location, to) != APR_SUCCESS) return NULL;
    if (to->scheme == NULL || to->hostname == NULL || to->path == NULL) return NULL;
    ap_unescape_url(to->path);
    return strcmp(to->path, first->uri) == 0 ? to->hostname : NULL;
}

/* Learns from each answer what .htaccess wants, and that it does not want it any more. */
static int watch_redirects(request_rec *last)
{
    request_rec *first = last;
    apr_uri_t to;
    const char *host;

    while (first->prev != NULL) first = first->prev;
    while (last->next != NULL) last = last->next;
    if (!is_for_domain(first)) return DECLINED;
    host = host_of_redirect(first, last, &to);
    if (host == NULL) return DECLINED;
    if (strncasecmp(host, "www.", 4) == 0 && strcasecmp(host + 4, first->server->server_hostname) == 0) {
        apr_file_t *mark;
        const apr_int32_t how = APR_WRITE | APR_CREATE;
        if (apr_file_open(&mark, www_mark, how, APR_OS_DEFAULT, first->pool) == APR_SUCCESS) apr_file_close(mark);
    } else if (strcasecmp(host, first->server->server_hostname) == 0 && strcasecmp(to.scheme, ap_http_scheme(first)) == 0) {
        apr_file_remove(www_mark, first->pool);
    }
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_read_request(show_host, NULL, NULL, APR_HOOK_LAST);
    ap_hook_handler(give_back_host, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_log_transaction(watch_redirects, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA freehold_www_module = { STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks };
