#include "index/local_files.h"

#include <algorithm>

#include "base/fs.h"
#include "index/html_page.h"

namespace pawl::index {

void LinkList::sort_links() {
    for (size_t i = 0; i < page_.anchors.size(); ++i) {
        auto address = page_.anchors[i].attribute("href");
        if (!address) {
            continue;
        }
        std::string_view path = address->substr(0, address->find_first_of("?#"));
        path = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
        std::string name = percent_decode(path).value_or(std::string(path));
        links_.push_back({pep::normalize_name(name), i});
    }
    std::ranges::stable_sort(links_, {}, &Link::normal);
}

Result<LinkList> LinkList::of_directory(std::string_view path) {
    std::string absolute = TRY(fs::absolute(path));
    LinkList list(Url::from_path(absolute + (absolute.ends_with('/') ? "" : "/")));
    auto entries = TRY(fs::list(absolute));
    for (const fs::DirectoryEntry& entry : entries) {
        if (entry.type == fs::FileStat::Type::directory) {
            continue;
        }
        // "./" keeps a name with a colon from being read as a scheme.
        std::string address = "./" + percent_encode(entry.name, "!+");
        text::HtmlAnchor anchor;
        anchor.attributes.push_back({"href", list.page_.decoded.emplace_back(std::move(address))});
        list.page_.anchors.push_back(std::move(anchor));
    }
    list.sort_links();
    return list;
}

LinkList LinkList::of_page(const Url& url, std::string html) {
    LinkList list(url);
    list.text_ = std::make_unique<const std::string>(std::move(html));
    list.page_ = text::parse_html(*list.text_);
    list.sort_links();
    return list;
}

bool LinkList::add_to(PageBuilder& builder, const pep::Name& project) const {
    std::string prefix = project.str() + "-";
    auto first = std::ranges::lower_bound(links_, prefix, {}, &Link::normal);
    size_t before = builder.file_count();
    if (page_.base) {
        builder.set_base(*page_.base);
    }
    for (; first != links_.end() && first->normal.starts_with(prefix); ++first) {
        read_html_anchor(page_.anchors[first->anchor], builder);
    }
    return builder.file_count() > before;
}

} // namespace pawl::index
