#include "cli/manual.h"

#include "base/text.h"

namespace mien::cli {
namespace {

std::vector<CLI::App*> children(CLI::App& app) {
    return app.get_subcommands([](CLI::App*) { return true; });
}

// Visits the app and all below it with the words that lead there: "mien models pull".
template <class Visit>
void walk(CLI::App& app, const std::string& path, const Visit& visit) {
    visit(app, path);
    for (CLI::App* child : children(app)) walk(*child, path + " " + child->get_name(), visit);
}

// roff takes a line's leading dot or quote, and backslashes everywhere, as its own.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    return out;
}

std::string options_of(CLI::App& app) {
    std::string out;
    for (const CLI::Option* option : app.get_options()) {
        const bool flag = option->get_items_expected_max() == 0;
        out += ".TP\n.B " + roff(option->get_name(true, true)) +
               (flag ? "" : " \\fI" + roff(option->get_type_name()) + "\\fR") + "\n" + roff(option->get_description()) +
               "\n";
    }
    return out;
}

std::string words_of(CLI::App& app) {
    std::string words;
    for (CLI::App* child : children(app)) words += child->get_name() + " ";
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
    return std::string(trim(words));
}

// One function serves bash and zsh: it walks the words typed so far down the commands.
std::string walking_function(CLI::App& root, const char* words, const char* offer) {
    std::string out =
        "  local path=mien word\n  for word in " + std::string(words) + "; do\n    case \"$path $word\" in\n      ";
    std::string paths;
    std::string cases;
    walk(root, "mien", [&](CLI::App& app, const std::string& path) {
        if (path != "mien") paths += (paths.empty() ? "'" : "|'") + path + "'";
        cases += "    '" + path + "') offered='" + words_of(app) + "';;\n";
    });
    out += paths + ") path=\"$path $word\";;\n    esac\n  done\n  local offered=\n  case \"$path\" in\n" + cases +
           "  esac\n";
    return out + offer;
}

std::string bash(CLI::App& root) {
    return "# bash completion for mien: source <(mien completion bash)\n_mien() {\n" +
           walking_function(root, "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\"",
                            "  COMPREPLY=($(compgen -W \"$offered\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n") +
           "}\ncomplete -o default -o bashdefault -F _mien mien\n";
}

std::string zsh(CLI::App& root) {
    return "#compdef mien\n# zsh completion for mien: source <(mien completion zsh)\n_mien() {\n" +
           walking_function(root, "\"${(@)words[2,CURRENT-1]}\"", "  compadd -- ${=offered}\n  _files\n") +
           "}\ncompdef _mien mien\n";
}

std::string quoted(std::string text) {
    std::string out = "'";
    for (const char c : text)
        out += c == '\'' ? std::string("\\'") : c == '\\' ? std::string("\\\\") : std::string(1, c);
    return out + "'";
}

std::string fish(CLI::App& root) {
    std::string out = "# fish completion for mien: mien completion fish | source\n";
    walk(root, "mien", [&](CLI::App& app, const std::string& path) {
        std::string when;
        for (const std::string& word : split(path, ' '))
            if (word != "mien") when += (when.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
        const std::string at = "complete -c mien -n " + quoted(when.empty() ? "__fish_use_subcommand" : when);
        std::string below;
        for (CLI::App* child : children(app)) below += " " + child->get_name();
        for (CLI::App* child : children(app)) {
            const std::string only =
                when.empty() ? "__fish_use_subcommand" : when + "; and not __fish_seen_subcommand_from" + below;
            out += "complete -c mien -n " + quoted(only) + " -f -a " + child->get_name() + " -d " +
                   quoted(child->get_description()) + "\n";
        }
        for (const CLI::Option* option : app.get_options())
            for (const std::string& name : option->get_lnames())
                out += at + " -l " + name + " -d " + quoted(option->get_description()) + "\n";
    });
    return out;
}

}  // namespace

std::string manual_page(CLI::App& root) {
    std::string out =
        ".TH MIEN 1 \"\" \"mien\" \"User commands\"\n.SH NAME\nmien \\- find, measure and recognise faces on this "
        "machine\n"
        ".SH SYNOPSIS\n.B mien\n\\fIcommand\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n" +
        roff(root.get_description()) + "\n";
    walk(root, "mien", [&](CLI::App& app, const std::string& path) {
        out += ".SH \"" + roff(path) + "\"\n" + (&app == &root ? "" : roff(app.get_description()) + "\n") +
               options_of(app);
        if (!app.get_footer().empty()) out += ".PP\n.nf\n" + roff(app.get_footer()) + "\n.fi\n";
    });
    return out +
           ".SH EXIT STATUS\n0 done; 1 the answer is no; 2 usage or input; 3 something needed is missing or failed; "
           "130 stopped by ctrl\\-C.\n";
}

std::string completion(CLI::App& root, const std::string& shell) {
    return shell == "bash" ? bash(root) : shell == "zsh" ? zsh(root) : fish(root);
}

}  // namespace mien::cli
