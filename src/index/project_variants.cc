// The part of ProjectPages that waits for what the labels of variant wheels stand for (PEP 825, a
// draft). Such a page is made anew each time and not kept: what is kept is what everybody reads.

#include <memory>

#include "base/check.h"
#include "base/digest.h"
#include "base/text.h"
#include "index/page_builder.h"
#include "index/project_pages.h"
#include "index/variants_json.h"

namespace pawl::index {

namespace {

constexpr uint64_t list_bytes_max = uint64_t{4} << 20;
/// Releases with variants of one page; those beyond it have none.
constexpr size_t lists_max = 200;

/// The strong digests that the page gives must hold.
Result<> check_digests(std::string_view hashes, std::string_view body, std::string_view what) {
    for (std::string_view text : split(hashes, ' ')) {
        std::optional<Halves> hash = split_once(text, '=');
        if (hash && is_strong_algorithm(hash->before) &&
            digest_hex(hash->before, body) != hash->after) {
            return fail(Error::Kind::integrity, printable(what) + ": its " +
                                                    std::string(hash->before) +
                                                    " is not the one that the index gives");
        }
    }
    return {};
}

} // namespace

struct ProjectPages::VariantPage {
    ProjectId id{};
    size_t source = 0;
    PageBuilder builder;
    size_t waiting = 0;
};

bool ProjectPages::await_variants(ProjectId id, size_t source, PageBuilder& builder) {
    std::vector<VariantsList> lists = builder.variants_lists();
    if (lists.empty()) {
        return false;
    }
    lists.resize(std::min(lists.size(), lists_max));
    auto page = std::make_shared<VariantPage>(
        VariantPage{.id = id, .source = source, .builder = std::move(builder), .waiting = 0});
    page->waiting = lists.size();
    for (const VariantsList& list : lists) {
        HttpRequest request{.url = {}, .what = list.file_name};
        Result<Url> url = Url::parse(list.url);
        check(url.has_value()); // it was resolved against the page's
        request.url = *std::move(url);
        request.body_bytes_max = list_bytes_max;
        request.wait_ms_max = context_.options.network.page_wait_ms_max;
        context_.http.start(std::move(request), [this, page, list](Result<HttpResponse> response) {
            on_variants_list(*page, list, std::move(response));
        });
    }
    return true;
}

/// A list that is not there or cannot be read leaves its release without variants; a network that
/// fails or a digest that disagrees is an error, as it is for pages.
void ProjectPages::on_variants_list(VariantPage& page, const VariantsList& list,
                                    Result<HttpResponse> response) {
    Project& project = projects_[static_cast<size_t>(page.id)];
    if (!response) {
        fail_project(project, std::move(response.error()));
    } else if (response->status == 200) {
        Result<> whole = check_digests(list.hashes, response->body, list.file_name);
        if (!whole) {
            fail_project(project, std::move(whole.error()));
        }
        Result<pep::WheelVariants> variants = read_variants_json(response->body);
        if (variants) {
            const WheelVariantRules& rules = *context_.options.wheel_variants;
            page.builder.choose_variant(list.version, variants->ranked(rules.supported),
                                        rules.tags);
        } else {
            context_.warn(shown_url(response->url) + ": " + variants.error().message +
                          "; the wheel variants of this release are passed over");
        }
    } else if (response->status != 404 && response->status != 410) {
        fail_project(project, status_error(*response, list.file_name));
    }
    if (--page.waiting == 0) {
        auto files = ProjectFiles::open(context_.pages.hold(page.builder.finish()));
        check(files.has_value());
        settle(page.id, page.source, files);
        advance(page.id);
    }
}

} // namespace pawl::index
