#pragma once
// Indexes and find-links on this machine: directories, pages, single files.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/url.h"
#include "pep/name.h"
#include "text/html.h"

namespace pawl::index {

class PageBuilder;

/// What a place of files of many projects lists, made searchable by project.
class LinkList {
  public:
    /// The wheels and sdists right in a directory.
    static Result<LinkList> of_directory(std::string_view path);
    /// The anchors of a page at `url`.
    static LinkList of_page(const Url& url, std::string html);

    const Url& url() const { return url_; }
    /// Adds the entries that may be the project's; false when there are none.
    bool add_to(PageBuilder& builder, const pep::Name& project) const;

  private:
    struct Link {
        std::string normal; ///< the file name in the manner of project names
        size_t anchor;      ///< of page_
    };
    explicit LinkList(Url url) : url_(std::move(url)) {}
    void sort_links();

    Url url_;
    std::unique_ptr<const std::string> text_; // page_ looks into it
    text::HtmlPage page_;
    std::vector<Link> links_; // sorted by normal
};

} // namespace pawl::index
