#pragma once

/// Whether nng's closing of connections is mended in this program: 1 where nng 1.5.2 is linked in
/// from its archive, 0 where a shared library or another version is used.
int spokeshave_nng_is_repaired(void);
