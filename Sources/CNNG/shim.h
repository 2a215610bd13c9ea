// nng 1.5.2 as Debian ships it has no pkg-config file; the module map names the library.
#pragma once
#define NNG_ELIDE_DEPRECATED
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>
