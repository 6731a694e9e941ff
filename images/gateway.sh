# shellcheck shell=sh
# To be sourced.

# The source address of the edge's requests: it is on the host, so this is the address of the default gateway.
find_gateway() {
  awk '$2 == "00000000" {
    for (i = 7; i >= 1; i -= 2) {
      split(substr($3, i, 2), digit, ""); dot = i == 7 ? "" : "."
      printf "%s%d", dot, (index("0123456789ABCDEF", digit[1]) - 1) * 16 + index("0123456789ABCDEF", digit[2]) - 1
    }
    exit
  }' /proc/net/route
}
