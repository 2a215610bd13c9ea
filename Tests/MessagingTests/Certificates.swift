/// Certificates for the tests of TLS, made with `openssl ca`: good until 2125, except for the
/// expired ones, and worth nothing anywhere else.
///
/// Keys are ECDSA P-256. `server` and its variants are for servers called `coordinator.test`,
/// `client` and its variants for clients.
enum Certificates {
    struct Pair {
        let certificate: String
        let key: String
    }

    /// The authority of the cluster under test.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBXDCCAQKgAwIBAgICEAAwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJYXV0aG9y
        aXR5MCAXDTI1MDEwMTAwMDAwMFoYDzIxMjUwMTAxMDAwMDAwWjAUMRIwEAYDVQQD
        DAlhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASO/dUejocplWHg
        6pz2frxpXX4xvZpr8TQfbQUeMhahswUe/slcSeYLPJWUwGjMNtv92dlHsVJYUaii
        EC7PmBaFo0IwQDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBR4fD9v33vNajW0
        B6AM0kK8RMxWbTAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIhAJqU
        Mmr9Tnoxhqqyv/J42iU0Uyde7oBl/oSqQzm5OV0iAiAtwvtce9/3s1edbiOYiEF3
        EZSrwSpvQ+quNs6ohHvHCQ==
        -----END CERTIFICATE-----
        """

    /// Another authority.
    static let otherAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBZjCCAQygAwIBAgICEAEwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOb3RoZXJB
        dXRob3JpdHkwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBkxFzAV
        BgNVBAMMDm90aGVyQXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
        QEpWRgQXiGlWUnTz56Udbp0a50W5in5kfvuMBrYGiPlEKXmft3U1fO48xazkVqay
        /u0/eQ6GIayV3nR5cpVuI6NCMEAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQU
        bCoBWkGB950IAonOxPCbBKmzS98wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMC
        A0gAMEUCIQD59m6BUxpmdxuANOlCL8CfF8NdzYtAixRqsn3GRHu3PAIgNyQ5zHjA
        +VJS0ZirpY6qXq1JTBRQskeLKeimC/HxVrs=
        -----END CERTIFICATE-----
        """

    /// Of the authority, for servers.
    static let server = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBnTCCAUOgAwIBAgICEAIwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJYXV0aG9y
            aXR5MCAXDTI1MDEwMTAwMDAwMFoYDzIxMjUwMTAxMDAwMDAwWjARMQ8wDQYDVQQD
            DAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQYcNRbOm79qTzJ4LRY
            bSN/+00jNLW7cGnJUxq61hgei3wFmtlVnABHFOtra1NsjLf6tlAY0pyD1oyCPKx0
            Arado4GFMIGCMBMGA1UdJQQMMAoGCCsGAQUFBwMBMBsGA1UdEQQUMBKCEGNvb3Jk
            aW5hdG9yLnRlc3QwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQWBBQC/m9DyKq84HGW
            dEHy0iis7rkLGjAfBgNVHSMEGDAWgBR4fD9v33vNajW0B6AM0kK8RMxWbTAKBggq
            hkjOPQQDAgNIADBFAiEAjTJqFo55vfXUqOBiGYiaTo9zBNOjnUDb1dL3Rik2UYAC
            IECmiGrGhz9izS0tyDXF0IWCsfYLCHjDnI7rRZFHWIzS
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFqVrfeufcmXrF+kJ
            RGCJajZ3qwLu+csWfCQ/GXm6SpmhRANCAAQYcNRbOm79qTzJ4LRYbSN/+00jNLW7
            cGnJUxq61hgei3wFmtlVnABHFOtra1NsjLf6tlAY0pyD1oyCPKx0Arad
            -----END PRIVATE KEY-----
            """)

    /// Of the authority, for clients.
    static let client = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBlTCCATygAwIBAgICEAMwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJYXV0aG9y
            aXR5MCAXDTI1MDEwMTAwMDAwMFoYDzIxMjUwMTAxMDAwMDAwWjARMQ8wDQYDVQQD
            DAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQm4+HKVn+hMTh1mCiM
            gEK0JZQf1L6eNtQD+SYGH12PY1Zu3E8ZTLh38ZHAyzN+gCca+N3hRF/+y4NeHm0e
            qfP5o38wfTATBgNVHSUEDDAKBggrBgEFBQcDAjAWBgNVHREEDzANggt3b3JrZXIu
            dGVzdDAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0OBBYEFIAMW64Gupb9CKbV6WcCOrrH
            +16qMB8GA1UdIwQYMBaAFHh8P2/fe81qNbQHoAzSQrxEzFZtMAoGCCqGSM49BAMC
            A0cAMEQCIEVSqBslMgTGaEscm7YslmIi2oNCpMMrWdGL5T14D6jzAiBNXtC2HgCa
            cZWWn6PT7KkLWqhLmpxuDCJWpevRc2cytg==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWOSt3DQlon3tDA6Q
            qBVRdcpnxv++t0bE5VOtGsUDYEWhRANCAAQm4+HKVn+hMTh1mCiMgEK0JZQf1L6e
            NtQD+SYGH12PY1Zu3E8ZTLh38ZHAyzN+gCca+N3hRF/+y4NeHm0eqfP5
            -----END PRIVATE KEY-----
            """)

    /// Out of date since 2021.
    static let expiredServer = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBojCCAUigAwIBAgICEAQwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJYXV0aG9y
            aXR5MB4XDTIwMDEwMTAwMDAwMFoXDTIxMDEwMTAwMDAwMFowGDEWMBQGA1UEAwwN
            ZXhwaXJlZFNlcnZlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCpowJzvX+x1
            hvxILxL57qPRb4azTz42/NLiR8MVSiEpvXhZtfRcZzY1FOjL7/bDuZqR2CdKfFJF
            SFI5cU8q4RejgYUwgYIwEwYDVR0lBAwwCgYIKwYBBQUHAwEwGwYDVR0RBBQwEoIQ
            Y29vcmRpbmF0b3IudGVzdDAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0OBBYEFKmdUMDA
            SwWEACD3asm03stvFXPqMB8GA1UdIwQYMBaAFHh8P2/fe81qNbQHoAzSQrxEzFZt
            MAoGCCqGSM49BAMCA0gAMEUCIQDVbkEB9RtPKxw3CR0G+jDv0oInHNF8WGMdlwUX
            k2N/FQIgIg1bKhWEvpid6/G/0Y959JFZaH4T6ecPG8BbvEYcmJg=
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHn29lbWaw+jrN9yQ
            5iy+M1EJn07m1lgO9SalO0zeBFShRANCAAQqaMCc71/sdYb8SC8S+e6j0W+Gs08+
            NvzS4kfDFUohKb14WbX0XGc2NRToy+/2w7makdgnSnxSRUhSOXFPKuEX
            -----END PRIVATE KEY-----
            """)

    /// Out of date since 2021.
    static let expiredClient = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBmzCCAUGgAwIBAgICEAUwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJYXV0aG9y
            aXR5MB4XDTIwMDEwMTAwMDAwMFoXDTIxMDEwMTAwMDAwMFowGDEWMBQGA1UEAwwN
            ZXhwaXJlZENsaWVudDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPkwiPwd/Brq
            MOA9/bYz/t35Iry/jmC7BIIS+xtYmzXcR6Sdqa1tbKgHO+6l2kL5XN7pJ+rMQsUy
            qT1TLIM6+iSjfzB9MBMGA1UdJQQMMAoGCCsGAQUFBwMCMBYGA1UdEQQPMA2CC3dv
            cmtlci50ZXN0MA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUrAmNDo7wTWMTWjmW
            zqciikg+brYwHwYDVR0jBBgwFoAUeHw/b997zWo1tAegDNJCvETMVm0wCgYIKoZI
            zj0EAwIDSAAwRQIhANSbDGUZKeRRmGhXaKwgfn6oqlS1e1ceWby+ZvDTYnWHAiAP
            oVZfpcvxTywHv5uddrVZJ4LLVhR/QiychRs/q/O1vg==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgn32VarhuCXbuX4jd
            P69nLcT21iBL4bMHdwtrraguBi6hRANCAAT5MIj8Hfwa6jDgPf22M/7d+SK8v45g
            uwSCEvsbWJs13EeknamtbWyoBzvupdpC+Vze6SfqzELFMqk9UyyDOvok
            -----END PRIVATE KEY-----
            """)

    /// Of the other authority.
    static let strangeServer = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBqjCCAU+gAwIBAgICEAYwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOb3RoZXJB
            dXRob3JpdHkwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBgxFjAU
            BgNVBAMMDXN0cmFuZ2VTZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQi
            eiybiFtO07kgyPbl64jnmg+BytT6v0kFP9ee1GzwWP20Le4QkZ9Ke/bkt61jWTEj
            z7UYhjQw6xEtbVKOzd9Qo4GFMIGCMBMGA1UdJQQMMAoGCCsGAQUFBwMBMBsGA1Ud
            EQQUMBKCEGNvb3JkaW5hdG9yLnRlc3QwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQW
            BBQHcGqifqU1s93BwxM17RWhIICGYzAfBgNVHSMEGDAWgBRsKgFaQYH3nQgCic7E
            8JsEqbNL3zAKBggqhkjOPQQDAgNJADBGAiEAql13NFrbELVWyXJH44s1/SoB19MZ
            jnTX/WCVeyIe4XgCIQCwHLsYSDH7rTmFAC8wXJ8Rndn3ive8GzknK/eJcUjWwQ==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxk9Da3Yw7jJm5ydf
            fub5myexEpMLBNcCvG/NU8obhSqhRANCAAQieiybiFtO07kgyPbl64jnmg+BytT6
            v0kFP9ee1GzwWP20Le4QkZ9Ke/bkt61jWTEjz7UYhjQw6xEtbVKOzd9Q
            -----END PRIVATE KEY-----
            """)

    /// Of the other authority.
    static let strangeClient = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBoTCCAUigAwIBAgICEAcwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOb3RoZXJB
            dXRob3JpdHkwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBgxFjAU
            BgNVBAMMDXN0cmFuZ2VDbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQC
            TZ1HWFfmz8RfTwpiRiVJrAFVTWvQFwL6qzzl76x4ib0ohxvHQVhZEpgwZLvWrAhX
            Lf4yYeVc06JPIhl2NRoCo38wfTATBgNVHSUEDDAKBggrBgEFBQcDAjAWBgNVHREE
            DzANggt3b3JrZXIudGVzdDAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0OBBYEFCmv8reV
            Pt5dkJfHI7czNtZ80EYSMB8GA1UdIwQYMBaAFGwqAVpBgfedCAKJzsTwmwSps0vf
            MAoGCCqGSM49BAMCA0cAMEQCIFSmOVwF/PqgmBfo1Rl9j3KwkP7zKfGbogg4HlTT
            0qeWAiBeZRruI4xc/6sPRQSma5GEZ3y9RwQKErE6t7OlCvkP2w==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrbXd2bObXgpZEM8w
            Zwl3IMhO7KQgNegd50+w2Sav7AKhRANCAAQCTZ1HWFfmz8RfTwpiRiVJrAFVTWvQ
            FwL6qzzl76x4ib0ohxvHQVhZEpgwZLvWrAhXLf4yYeVc06JPIhl2NRoC
            -----END PRIVATE KEY-----
            """)

    /// Of itself, with an Ed25519 key, which nng's TLS cannot load.
    static let ed25519 = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBOjCB7aADAgECAhRcCTsdh15FT9OrtlVfmwBKhrw7yDAFBgMrZXAwEjEQMA4G
            A1UEAwwHZWQyNTUxOTAgFw0yNjExMjIxNDI4NDBaGA8yMTI2MTAyOTE0Mjg0MFow
            EjEQMA4GA1UEAwwHZWQyNTUxOTAqMAUGAytlcAMhALRZ12v2QEuvW3T9CgtVPir6
            wA71jLY/gOAVnfh1Lajfo1MwUTAdBgNVHQ4EFgQU2/C1EuFCeyB8RCVQ1eQznGIe
            IOAwHwYDVR0jBBgwFoAU2/C1EuFCeyB8RCVQ1eQznGIeIOAwDwYDVR0TAQH/BAUw
            AwEB/zAFBgMrZXADQQBNQJDEOAQ3UAqx3ZgIRyUdQKhiKBow7WKiS4k9SDC7j9SV
            nsXyJFpys61q6jU4vn2ZXTFIvxlWyoVSqGBpSLYO
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIMmaQY0R0R+xIlviFCk6nGkvzRcMAEik1Qc73Enw9+el
            -----END PRIVATE KEY-----
            """)
}
