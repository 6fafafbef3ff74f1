// The part of ProjectPages that reads: what an index answered, or has on this machine, into a
// record.

#include <algorithm>

#include "base/text.h"
#include "index/builder_sink.h"
#include "index/html_page.h"
#include "index/page_builder.h"
#include "index/project_pages.h"

namespace pawl::index {

namespace {

enum class PageFormat : unsigned char { json, html, newer_json, other };

PageFormat format_of(std::string_view content_type, std::string_view body) {
    std::string type = to_lower(trim(content_type.substr(0, content_type.find(';'))));
    if (type == "application/vnd.pypi.simple.v1+json" || type == "application/json") {
        return PageFormat::json;
    }
    if (type == "text/html" || type == "application/vnd.pypi.simple.v1+html" ||
        type == "application/xhtml+xml") {
        return PageFormat::html;
    }
    if (type.starts_with("application/vnd.pypi.simple.v")) {
        return PageFormat::newer_json;
    }
    std::string_view begin = trim(body.substr(0, 1024));
    if (type.empty() && !begin.empty()) { // an index that does not say: pages begin unmistakably
        return begin.front() == '{'   ? PageFormat::json
               : begin.front() == '<' ? PageFormat::html
                                      : PageFormat::other;
    }
    return PageFormat::other;
}

/// A login page or a portal's "accept our terms" is no page of an index: with no anchor at all,
/// only what says that it is an index page is believed to be one.
Result<> check_is_index_page(const text::HtmlPage& page) {
    if (page.anchors.empty() && !page.meta_content("pypi:repository-version")) {
        return fail(Error{Error::Kind::input, "this page holds no files"}.hint(
            "is it a login page, or not the address of an index?"));
    }
    return {};
}

} // namespace

void ProjectPages::tell_warnings(PageBuilder& builder) {
    for (std::string& warning : builder.take_warnings()) {
        context_.warn(std::move(warning));
    }
}

Result<> ProjectPages::read_json(std::string& body, PageBuilder& builder) {
    Fetcher* fetcher = TRY(context_.http.fetcher());
    BuilderSink sink(builder);
    std::string wrong = fetcher->read_json_page(body, sink);
    TRY(std::move(sink.result));
    if (!wrong.empty()) {
        return fail(Error::Kind::input, std::move(wrong));
    }
    return {};
}

/// Half a page of HTML is a page of HTML, with fewer releases.
ProjectPages::PageEnd ProjectPages::page_end(const HttpResponse& response) {
    constexpr size_t tail_bytes = 256;
    if (response.has_length() ||
        format_of(response.header("content-type"), response.body) != PageFormat::html) {
        return PageEnd::whole;
    }
    std::string_view body = response.body;
    std::string tail = to_lower(body.substr(body.size() - std::min(body.size(), tail_bytes)));
    if (tail.find("</html") != std::string::npos) {
        return PageEnd::whole;
    }
    auto last = [body](std::string_view text) {
        size_t at = body.rfind(text);
        return at == std::string_view::npos ? 0 : at + 1;
    };
    bool ends_in_tag = last("<") > last(">");
    bool ends_in_anchor = last("<a ") > last("</a");
    return ends_in_tag || ends_in_anchor ? PageEnd::cut : PageEnd::unsure;
}

Error ProjectPages::cut_error(const Url& url) {
    return Error{Error::Kind::network,
                 shown_url(url) + ": the page was cut: it ends in the middle of a link"}
        .hint("try again; if it stays so, the index or a proxy before it is at fault");
}

Result<> ProjectPages::read_page(HttpResponse& response, PageBuilder& builder) {
    std::string_view type = response.header("content-type");
    switch (format_of(type, response.body)) {
    case PageFormat::json:
        TRY(read_json(response.body, builder));
        break;
    case PageFormat::html: {
        text::HtmlPage page = text::parse_html(response.body);
        TRY(check_is_index_page(page));
        TRY(read_html_page(page, builder));
        break;
    }
    case PageFormat::newer_json:
        return fail(Error::Kind::input, "this index speaks a version of the simple API that pawl "
                                        "does not know (" +
                                            printable(type) + ")");
    case PageFormat::other:
        return fail(Error::Kind::input,
                    "\"" + printable(type) + "\" is not the type of an index page");
    }
    tell_warnings(builder);
    return {};
}

/// A file: index: a folder a project with index.html, index.json, or just the files.
Result<std::optional<ProjectFiles>> ProjectPages::read_local(const Project& project,
                                                             size_t source) {
    std::string root = TRY(context_.options.sources[source].url.local_path());
    std::string directory = fs::join(root, project.name.str());
    if (!fs::is_directory(directory)) {
        if (!fs::is_directory(root)) {
            return fail(Error::Kind::input, printable(root) + ": there is no such index directory");
        }
        return std::nullopt;
    }
    Url url = Url::from_path(TRY(fs::absolute(directory)) + "/");
    PageBuilder builder(project.name, url);
    std::string html_path = fs::join(directory, "index.html");
    std::string json_path = fs::join(directory, "index.json");
    if (fs::exists(html_path)) {
        std::string html = TRY(fs::read(html_path, page_bytes_max));
        TRY_IN(printable(html_path), read_html_page(text::parse_html(html), builder));
    } else if (fs::exists(json_path)) {
        std::string json = TRY(fs::read(json_path, page_bytes_max));
        TRY_IN(printable(json_path), read_json(json, builder));
    } else {
        LinkList list = TRY(LinkList::of_directory(directory));
        list.add_to(builder, project.name);
    }
    tell_warnings(builder);
    return ProjectFiles::open(context_.pages.hold(builder.finish()));
}

} // namespace pawl::index
