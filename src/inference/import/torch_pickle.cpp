#include "inference/import/torch_pickle.h"

#include <unordered_map>

#include "inference/import/torch_calls.h"

namespace mien::inference {
namespace {

// A state dict of 10,000 tensors needs a fiftieth of these.
constexpr std::size_t most_memorised = std::size_t{1} << 22;
constexpr std::size_t most_steps = std::size_t{1} << 24;

std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The machine a pickle is a program for: a stack, marks in it and a memo.
class Machine {
public:
    explicit Machine(ByteReader& in) : in_(in) {}
    Result<Pickle> run();

private:
    // Each does the operation and says true, or says false when it is not one of its own.
    Result<bool> literal(std::uint8_t op);
    Result<bool> text(std::uint8_t op);
    Result<bool> sequence(std::uint8_t op);
    Result<bool> fill(std::uint8_t op);
    Result<bool> memory(std::uint8_t op);
    Result<bool> call(std::uint8_t op);
    Status step(std::uint8_t op);

    Result<std::uint64_t> size(std::size_t width);
    Result<std::string_view> line();
    Status long_integer(std::uint64_t width);
    Status real();
    Status push(PickleNode node);
    Result<PickleRef> pop();
    Result<PickleRef> top() const;
    Result<std::vector<PickleRef>> pop_to_mark();
    Status sequence_of(std::size_t count);
    Status append(const std::vector<PickleRef>& items);
    Status set_items(const std::vector<PickleRef>& items);
    Status memorise(std::uint64_t place);
    Status recall(std::uint64_t place);
    Status put(Result<PickleRef> made);
    Status stack_global();
    Status reduce();
    Status build();
    Status persistent();
    Error corrupt(const std::string& what) const;
    Error too_long() const;

    template <class Kind>
    Kind* as(PickleRef ref) {
        return std::get_if<Kind>(&pickle_.nodes[ref]);
    }

    ByteReader& in_;
    Pickle pickle_{};
    std::vector<PickleRef> stack_{};
    std::vector<std::size_t> marks_{};
    std::unordered_map<std::uint64_t, PickleRef> memo_{};
    TorchCalls calls_{pickle_};
};

Error Machine::corrupt(const std::string& what) const {
    return Error{Fault::Corrupt, "pickle: " + what + " before byte " + std::to_string(in_.position())};
}

Error Machine::too_long() const {
    return Error{Fault::Unsupported,
                 "pickle: longer than a state dict ever is, at byte " + std::to_string(in_.position())};
}

Status Machine::put(Result<PickleRef> made) {
    MIEN_LET(ref, std::move(made));
    stack_.push_back(ref);
    return {};
}

Status Machine::push(PickleNode node) {
    return put(calls_.add(std::move(node)));
}

// What lies below the last mark is out of reach.
Result<PickleRef> Machine::top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) return corrupt("a value is missing on its stack");
    return stack_.back();
}

Result<PickleRef> Machine::pop() {
    MIEN_LET(ref, top());
    stack_.pop_back();
    return ref;
}

Result<std::vector<PickleRef>> Machine::pop_to_mark() {
    if (marks_.empty()) return corrupt("a mark is missing on its stack");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleRef> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
}

Result<std::uint64_t> Machine::size(std::size_t width) {
    MIEN_LET(raw, in_.take(width));
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = (value << 8) | raw[i];
    return value;
}

Status Machine::long_integer(std::uint64_t width) {
    MIEN_LET(raw, in_.take(width));
    if (width > 8) return push(as_text(raw));
    std::uint64_t value = width > 0 && (raw[raw.size() - 1] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = raw.size(); i-- > 0;) value = (value << 8) | raw[i];
    return push(static_cast<std::int64_t>(value));
}

Status Machine::real() {
    MIEN_LET(raw, in_.take(8));
    std::uint64_t bits = 0;
    for (const std::uint8_t byte : raw) bits = (bits << 8) | byte;
    return push(std::bit_cast<double>(bits));
}

Result<bool> Machine::literal(std::uint8_t op) {
    const auto integer = [this](auto value) { return push(static_cast<std::int64_t>(value)); };
    switch (op) {
        case 'N':
            MIEN_TRY(push(std::monostate{}));
            return true;
        case 0x88:
        case 0x89:
            MIEN_TRY(push(op == 0x88));
            return true;
        case 'J': {
            MIEN_LET(value, in_.number<std::int32_t>());
            MIEN_TRY(integer(value));
            return true;
        }
        case 'K':
        case 'M': {
            MIEN_LET(value, size(op == 'K' ? 1 : 2));
            MIEN_TRY(integer(value));
            return true;
        }
        case 0x8a:
        case 0x8b: {
            MIEN_LET(width, size(op == 0x8a ? 1 : 4));
            MIEN_TRY(long_integer(width));
            return true;
        }
        case 'G':
            MIEN_TRY(real());
            return true;
        default:
            return false;
    }
}

// Texts and bytes, their length first.
Result<bool> Machine::text(std::uint8_t op) {
    const auto among = [op](std::string_view ops) { return ops.find(static_cast<char>(op)) != ops.npos; };
    const std::size_t width = among("UC\x8c") ? 1 : among("TBX") ? 4 : among("\x8d\x8e") ? 8 : 0;
    if (width == 0) return false;
    MIEN_LET(length, size(width));
    MIEN_LET(raw, in_.take(length));
    MIEN_TRY(push(as_text(raw)));
    return true;
}

Status Machine::sequence_of(std::size_t count) {
    PickleSequence made;
    for (std::size_t i = 0; i < count; ++i) {
        MIEN_LET(item, pop());
        made.items.insert(made.items.begin(), item);
    }
    return push(std::move(made));
}

Result<bool> Machine::sequence(std::uint8_t op) {
    switch (op) {
        case '(':
            marks_.push_back(stack_.size());
            return true;
        case ')':
        case ']':
        case 0x8f:
            MIEN_TRY(push(PickleSequence{}));
            return true;
        case '}':
            MIEN_TRY(push(PickleDict{}));
            return true;
        case 0x85:
        case 0x86:
        case 0x87:
            MIEN_TRY(sequence_of(op - std::size_t{0x84}));
            return true;
        case 't':
        case 0x91: {
            MIEN_LET(items, pop_to_mark());
            MIEN_TRY(push(PickleSequence{std::move(items)}));
            return true;
        }
        default:
            return false;
    }
}

Status Machine::append(const std::vector<PickleRef>& items) {
    MIEN_LET(target, top());
    auto* list = as<PickleSequence>(target);
    if (list == nullptr) return corrupt("it appends to what is no list");
    list->items.insert(list->items.end(), items.begin(), items.end());
    return {};
}

Status Machine::set_items(const std::vector<PickleRef>& items) {
    MIEN_LET(target, top());
    auto* dict = as<PickleDict>(target);
    if (dict == nullptr || items.size() % 2 != 0) return corrupt("it fills what is no dictionary");
    for (std::size_t i = 0; i < items.size(); i += 2) dict->entries.emplace_back(items[i], items[i + 1]);
    return {};
}

Result<bool> Machine::fill(std::uint8_t op) {
    if (op == 'e' || op == 'u' || op == 0x90) {
        MIEN_LET(items, pop_to_mark());
        MIEN_TRY(op == 'u' ? set_items(items) : append(items));
        return true;
    }
    if (op != 'a' && op != 's') return false;
    MIEN_LET(value, pop());
    if (op == 'a') {
        MIEN_TRY(append({value}));
        return true;
    }
    MIEN_LET(key, pop());
    MIEN_TRY(set_items({key, value}));
    return true;
}

Status Machine::memorise(std::uint64_t place) {
    MIEN_LET(ref, top());
    if (memo_.size() >= most_memorised) return too_long();
    memo_[place] = ref;
    return {};
}

Status Machine::recall(std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) return corrupt("it asks for memo " + std::to_string(place) + ", which was never kept");
    stack_.push_back(found->second);
    return {};
}

Result<bool> Machine::memory(std::uint8_t op) {
    switch (op) {
        case 0x94:
            MIEN_TRY(memorise(memo_.size()));
            return true;
        case 'q':
        case 'r': {
            MIEN_LET(place, size(op == 'q' ? 1 : 4));
            MIEN_TRY(memorise(place));
            return true;
        }
        case 'h':
        case 'j': {
            MIEN_LET(place, size(op == 'h' ? 1 : 4));
            MIEN_TRY(recall(place));
            return true;
        }
        case '0':
            MIEN_TRY(pop());
            return true;
        case '1':
            MIEN_TRY(pop_to_mark());
            return true;
        case '2': {
            MIEN_LET(ref, top());
            stack_.push_back(ref);
            return true;
        }
        case 0x80: {
            MIEN_LET(protocol, size(1));
            if (protocol > 5) return corrupt("protocol " + std::to_string(protocol) + " is not known");
            return true;
        }
        case 0x95:
            MIEN_TRY(in_.take(8));  // a frame's length: the operations in it are read one by one anyway
            return true;
        default:
            return false;
    }
}

Result<std::string_view> Machine::line() {
    ByteReader start = in_;
    std::size_t length = 0;
    for (;; ++length) {
        MIEN_LET(byte, in_.number<std::uint8_t>());
        if (byte == '\n') break;
    }
    return as_text(*start.take(length));
}

Status Machine::stack_global() {
    MIEN_LET(name, pop());
    MIEN_LET(module, pop());
    const auto* name_text = as<std::string_view>(name);
    const auto* module_text = as<std::string_view>(module);
    if (name_text == nullptr || module_text == nullptr) return corrupt("it names something by what is no text");
    return put(calls_.global(*module_text, *name_text));
}

Status Machine::reduce() {
    MIEN_LET(arguments, pop());
    MIEN_LET(callee, pop());
    return put(calls_.call(callee, arguments));
}

Status Machine::build() {
    MIEN_TRY(pop());
    MIEN_LET(object, top());
    return calls_.set_state(object);
}

Status Machine::persistent() {
    MIEN_LET(id, pop());
    return put(calls_.storage(id));
}

Result<bool> Machine::call(std::uint8_t op) {
    switch (op) {
        case 'c': {
            MIEN_LET(module, line());
            MIEN_LET(name, line());
            MIEN_TRY(put(calls_.global(module, name)));
            return true;
        }
        case 0x93:
            MIEN_TRY(stack_global());
            return true;
        case 'R':
            MIEN_TRY(reduce());
            return true;
        case 'b':
            MIEN_TRY(build());
            return true;
        case 'Q':
            MIEN_TRY(persistent());
            return true;
        default:
            return false;
    }
}

Status Machine::step(std::uint8_t op) {
    for (const auto part :
         {&Machine::literal, &Machine::text, &Machine::sequence, &Machine::fill, &Machine::memory, &Machine::call}) {
        MIEN_LET(done, (this->*part)(op));
        if (done) return {};
    }
    return Error{Fault::Unsupported, "pickle operation " + std::to_string(op) + " before byte " +
                                         std::to_string(in_.position()) + " is not one that a state dict needs"};
}

Result<Pickle> Machine::run() {
    for (std::size_t steps = 0;; ++steps) {
        if (steps > most_steps) return too_long();
        MIEN_LET(op, in_.number<std::uint8_t>());
        if (op == '.') break;
        MIEN_TRY(step(op));
    }
    MIEN_LET(root, pop());
    pickle_.root = root;
    return std::move(pickle_);
}

}  // namespace

Result<Pickle> read_pickle(ByteReader& in) {
    return Machine(in).run();
}

}  // namespace mien::inference
