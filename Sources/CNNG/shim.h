// nng 1.5.2 as Debian ships it has no pkg-config file; Package.swift names the library.
#pragma once
#define NNG_ELIDE_DEPRECATED
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>

// What the doorman in front of nng needs and Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
// glibc declares it under _GNU_SOURCE only, which is not set for imported modules.
int accept4(int, struct sockaddr *, socklen_t *, int);
