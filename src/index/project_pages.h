#pragma once
// Which files a project has, out of all sources: asks them in their order, reads what they answer,
// keeps it by the rules of HTTP caching, and puts several answers together where the strategy or
// find-links ask for it.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "index/cache_policy.h"
#include "index/context.h"
#include "index/local_files.h"

namespace pawl::index {

/// For who holds the Client's turn.
class ProjectPages {
  public:
    explicit ProjectPages(Context& context) : context_(context) {}

    ProjectId id(const pep::Name& name);
    const pep::Name& name(ProjectId project) const;
    void request(ProjectId project);
    bool is_ready(ProjectId project) const;
    /// Only when it is ready.
    const Result<ProjectAnswer>& answer(ProjectId project) const;

  private:
    struct SourceAnswer {
        enum class State : unsigned char { not_asked, pending, absent, found };
        State state = State::not_asked;
        ProjectFiles files;
        int cuts = 0; ///< answers that may have been cut unseen
    };
    struct Project {
        pep::Name name;
        std::vector<SourceAnswer> answers; ///< by source; empty until requested
        std::optional<Result<ProjectAnswer>> result;
    };
    /// A find-links place: asked for once, whoever needs it first.
    struct LinkSource {
        bool is_pending = false;
        int cuts = 0; ///< answers that may have been cut unseen
        std::optional<Result<LinkList>> list;
        std::vector<ProjectId> waiting;
    };

    bool is_asked(const Project& project, size_t source) const;
    void advance(ProjectId id);
    void finish(Project& project);
    void fail_project(Project& project, Error error);
    void settle(ProjectId id, size_t source, std::optional<ProjectFiles> files);

    void ask(ProjectId id, size_t source);
    void ask_page(ProjectId id, size_t source, const Url& url);
    void on_page(ProjectId id, size_t source, HttpResponse response, bool had_record);
    void ask_links(ProjectId id, size_t source);
    void add_links(ProjectId id, size_t source);
    void request_links(size_t source);
    void fetch_links(size_t source, const Url& url);
    void on_links(size_t source, const Url& url, Result<HttpResponse> response);
    Result<std::optional<ProjectFiles>> read_local(const Project& project, size_t source);
    /// Of a page whose length nobody told. What has no </html> is asked for once more.
    enum class PageEnd : unsigned char { whole, unsure, cut };
    static PageEnd page_end(const HttpResponse& response);
    static Error cut_error(const Url& url);
    Result<> read_page(HttpResponse& response, PageBuilder& builder);

    // project_variants.cc: pages with wheel variants, where those are asked for.
    struct VariantPage;
    bool reads_variants() const { return context_.options.wheel_variants != nullptr; }
    /// Asks for the lists of the page's variants and settles when they are there; false when it
    /// has none, and is a page like any other.
    bool await_variants(ProjectId id, size_t source, PageBuilder& builder);
    void on_variants_list(VariantPage& page, const struct VariantsList& list,
                          Result<HttpResponse> response);
    Result<> read_json(std::string& body, PageBuilder& builder);
    void tell_warnings(PageBuilder& builder);

    Context& context_;
    std::deque<Project> projects_;
    std::unordered_map<pep::Name, ProjectId> ids_;
    std::map<size_t, LinkSource> links_; ///< by source
};

} // namespace pawl::index
