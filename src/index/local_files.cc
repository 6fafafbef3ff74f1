#include "index/local_files.h"

#include <algorithm>

#include "base/fs.h"
#include "index/html_page.h"

namespace pawl::index {

void LinkList::add(text::HtmlAnchor anchor) {
    auto address = anchor.attribute("href");
    if (!address) {
        return;
    }
    std::string_view path = address->substr(0, address->find_first_of("?#"));
    path = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
    std::string normal = pep::normalize_name(percent_decode(path).value_or(std::string(path)));
    links_.push_back({std::move(normal), std::move(anchor)});
}

Result<LinkList> LinkList::of_directory(std::string_view path) {
    std::string absolute = TRY(fs::absolute(path));
    LinkList list(Url::from_path(absolute + (absolute.ends_with('/') ? "" : "/")));
    for (const fs::DirectoryEntry& entry : TRY(fs::list(absolute))) {
        if (entry.type == fs::FileStat::Type::directory) {
            continue;
        }
        text::HtmlAnchor anchor;
        // "./" keeps a name with a colon from being read as a scheme.
        anchor.attributes.push_back({"href", "./" + percent_encode(entry.name, "!+")});
        list.add(std::move(anchor));
    }
    std::ranges::stable_sort(list.links_, {}, &Link::normal);
    return list;
}

LinkList LinkList::of_page(const Url& url, std::string html) {
    LinkList list(url);
    list.text_ = std::make_unique<const std::string>(std::move(html));
    text::HtmlPage page = text::parse_html(*list.text_);
    list.base_ = page.base;
    for (text::HtmlAnchor& anchor : page.anchors) {
        list.add(std::move(anchor));
    }
    std::ranges::stable_sort(list.links_, {}, &Link::normal);
    return list;
}

bool LinkList::add_to(PageBuilder& builder, const pep::Name& project) const {
    std::string prefix = project.str() + "-";
    auto first = std::ranges::lower_bound(links_, prefix, {}, &Link::normal);
    text::HtmlPage page;
    page.base = base_;
    for (; first != links_.end() && first->normal.starts_with(prefix); ++first) {
        page.anchors.push_back(first->anchor);
    }
    if (page.anchors.empty()) {
        return false;
    }
    size_t before = builder.file_count();
    auto read = read_html_page(page, builder);
    return read && builder.file_count() > before;
}

} // namespace pawl::index
