#pragma once

// Characters as Python sees them, for field types that Pydantic hands to Python's own parsers: white space
// (str.isspace), digits (str.isdecimal) and what a word is made of (\w of re). Unicode 14, as CPython 3.11 has it.

#include <cstdint>
#include <string>
#include <string_view>

#include "fastapi/json/document.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// The code point at text[at]; at moves behind it. A byte that begins none is U+FFFD.
FASTAPI_INLINE char32_t python_character(std::string_view text, std::size_t& at) {
    auto c = static_cast<unsigned char>(text[at++]);
    if (c < 0x80) return c;
    std::size_t more = c < 0xC2 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF5 ? 3 : 0;
    if (more == 0 || text.size() - at < more) return 0xFFFD;
    char32_t code = c & (0x3FU >> more);
    for (; more > 0; --more) code = (code << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    return code;
}

FASTAPI_INLINE bool is_python_space(char32_t c) {
    return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// The value of a decimal digit of any script, else -1.
FASTAPI_INLINE int python_digit(char32_t c) {
    if (c < 0x80) return c >= '0' && c <= '9' ? static_cast<int>(c - '0') : -1;
    constexpr std::uint32_t zeros[] = {
        0x660,   0x6F0,   0x7C0,   0x966,   0x9E6,   0xA66,   0xAE6,   0xB66,   0xBE6,   0xC66,   0xCE6,
        0xD66,   0xDE6,   0xE50,   0xED0,   0xF20,   0x1040,  0x1090,  0x17E0,  0x1810,  0x1946,  0x19D0,
        0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,  0xA900,  0xA9D0,  0xA9F0,
        0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450,
        0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0,
        0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};
    for (std::uint32_t zero : zeros)
        if (c >= zero && c < zero + 10) return static_cast<int>(c - zero);
    return -1;
}

// Text without Python's white space at both ends.
FASTAPI_INLINE std::string_view python_strip(std::string_view text) {
    for (std::size_t at = 0; at < text.size() && is_python_space(python_character(text, at)); at = 0)
        text.remove_prefix(at);
    while (!text.empty()) {
        std::size_t last = text.size() - 1;
        while (last > 0 && text.size() - last < 4 && (static_cast<unsigned char>(text[last]) & 0xC0U) == 0x80) --last;
        std::size_t at = last;
        if (!is_python_space(python_character(text, at)) || at != text.size()) break;
        text.remove_suffix(text.size() - last);
    }
    return text;
}

// Made by tools/word_table.py, which says how it is written. An array: the length of a string_view would be counted by
// every compilation.
inline constexpr std::uint16_t word_ends = 1460;
inline constexpr char word_distances[] =
    "M$*%$$&%$&$:$B$ #(+'/1(*$$$ #$J($%%'$$)$$&$$$7$w$ #$T+ #$p$I%$)Lk>''PN8-'%$ #$,$$2%*2%$3$$A@}.$1N,%'$(9'$,$&$:"
    "<*.(;$)4M^Y&$5$*-'-$3'+%%%9$*$$&'&$3$0%$&'/%)%$+)'%%9$*$%$%$%B'$$*-%&3,$&$9$*$%$(&$5$2%'-,$.+%%%9$*$%$(&$A%$&'"
    "-$*.$$)&&$'&%$$$%&%&&&/9$805+$&$:$3&$=&%$%%'-+*$$'+$&$:$-$(&$B%$%'-$%4,$&$L%$3$(&$-'6$)(5&;$,$$%*B-4S$%/*,-J%$"
    "$$($;$$$-$%,$%($$,-%'C$B7/+$G>( #$<N7.))''&$&%*&'0/$$-)I$$($%N$ #&c$'%*$$$'%L$'%D$'%*$$$'%2$]$'%g17&33z%)& #)t"
    "%4$=(o&.*5061510$&2WF$'$&-)-9-)}*(%E$$(j-BJK%(.O'=).H:,XN-)-0$ #$&R4+&-LA0[=G?-&T%,*N%&L'$)$%&$( #%/d #&+%)%I%"
    ")%+$$$$$$$B%X$*$$&&$*&'%)'0(&$* #$<%%)(.)0 #$.$'$%-$$&()$$$$$$'$.%'(('$$^ #+)`r9 #*#A #/W #%T)'&%,$%I$$($%[*$3"
    ":,*$*$*$*$*$*$*$*t$ #(6&<,*(%('z)&$ #$#$'(N$ #$'&'-CS3C-A+$2C-J2 #&U #m9d %f4gQ% #%}&?7R3B%tJ,% #$0%d(%$$$(;3$"
    "&$'$:0)-W1U?-;)&$$%$I-:<@*R?.)($<$L:&$+'-):&$&U$$&%%(%$$$;&%.*&/)%)%),*$*$N$1) #$<0-) $E//:'T $&v #')% #$3I*/("
    "($$-$0$($$$%$%$ #$5D #'&5d%YK/ #$=($ #$P6-*=)=.}&)%)%)%&F/$=$6$%$2%1E #$D/P/]4% #%d@&T3>'G,A(I-A%G'+$(M #$h%-)"
    "G'G'K+W/.$2$*$%$.$2$*$%g #&L,9-+;)$M$,i)%$$O$%&$%:%B%I+,S6$%(D'=j['7%R2'$&$@-,:B$CC+$?)(3Y-9%>(=:*tmZV0V*M/- #"
    "&;B$M)%rK+9.'>5Q?7:/X=A$%%$0PC<*-,G2-'$%$+F&$/S1'..$$'7.5$<x*$$$'$2$-*R4-.+%%%9$*$%$(&$5$/( #$hX5'(-(&AS7%$$+-"
    " #$pRL'GS7$.-IN0$*-Y>8/'* #%(O #$=w/+%$%+$%$;2$$$1-j+%J3$$$?$-K*$8$.Q6$5m #%w,$H4$2@(A #$9*$%$I8$,-))$%$C1$*- "
    "#&K6 #%,$28N #-9 #$/ #$84 #%3 #@= #$*2 #.u #O} #)N $(w #)@*B$-)s$-)A5S3'/-$*$8(6 #*^{ #$2o($f0d%$$? #h3+ #0hM,"
    " $,<'$*$%$ #&8P&4'+ #'G #<^ #$4(0&,*- #cC7 #$5< #$Py$k$%%$%%%'$/$$$*$e$'%+$*$?$'$($$&*$ #&j%<$<$B$<$B$<$B$<$B$"
    "<$+%U #6vB #(BP-*%-'$ #&VA5O'- #0x*$'$%$2$ #%4%,Sh*$'- #+k_$&$'pP$2 #%1'$>$%$$%$$-$'$$$$)$'$$$$$$&$%$$%$$$$$$$"
    "$$$%$$%'$*$'$'$$$-$4(&$($4 #)K0 #A{- #.K (;`C #Q0* #%M% #d%1 #w& #EN #)% #3f #Ys";

// Whether \w of Python's re takes a character.
FASTAPI_COLD bool is_python_word(char32_t c) {
    if (c < 0x80) return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    struct Table {
        std::uint32_t ends[word_ends];
        Table() {
            std::uint32_t last = 0x80;
            std::size_t at = 0;
            auto next = [&] {
                auto character = static_cast<unsigned char>(word_distances[at++]);
                return static_cast<std::uint32_t>(character - '#' - (character > '\\'));
            };
            for (std::uint32_t& end : ends) {
                std::size_t digits = word_distances[at] == ' ' ? 3 : 1;
                if (digits == 3) ++at;
                std::uint32_t distance = 0;
                for (; digits > 0; --digits) distance = distance * 90 + next();
                end = last += distance;
            }
        }
    };
    static const Table table;
    std::size_t low = 0;
    std::size_t high = word_ends;
    while (low < high) {
        std::size_t middle = (low + high) / 2;
        if (table.ends[middle] <= c) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low % 2 == 1;
}

// What Pydantic says of a value whose type must be the very one, when strict: JSON has none such.
FASTAPI_COLD bool fail_instance(Context& context, const Value& value, std::string_view name) {
    std::string quoted;
    write_json_string(quoted, name);
    return context.fail("is_instance_of", concat({"Input should be an instance of ", name}), value,
                        ctx_of("class", quoted));
}

} // namespace fastapi::detail
