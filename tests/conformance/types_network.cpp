// IP addresses and e-mail addresses: field types of vectors.jsonl and schemas.jsonl.

#include "types.hpp"

using namespace fastapi;

SCALAR(email_str, EmailStr)
SCALAR(name_email, NameEmail)
SCALAR(ipv4_address, IPv4Address)
SCALAR(ipv6_address, IPv6Address)
SCALAR(ipvany_address, IPvAnyAddress)
SCALAR(ipv4_network, IPv4Network)
SCALAR(ipv6_network, IPv6Network)
SCALAR(ipvany_network, IPvAnyNetwork)
SCALAR(ipv4_interface, IPv4Interface)
SCALAR(ipv6_interface, IPv6Interface)
SCALAR(ipvany_interface, IPvAnyInterface)

void conformance::add_network_types(TypePorts& types) {
    TYPE("EmailStr", email_str);
    TYPE("NameEmail", name_email);
    TYPE("IPv4Address", ipv4_address);
    TYPE("IPv6Address", ipv6_address);
    TYPE("IPvAnyAddress", ipvany_address);
    TYPE("IPv4Network", ipv4_network);
    TYPE("IPv6Network", ipv6_network);
    TYPE("IPvAnyNetwork", ipvany_network);
    TYPE("IPv4Interface", ipv4_interface);
    TYPE("IPv6Interface", ipv6_interface);
    TYPE("IPvAnyInterface", ipvany_interface);
}
