#pragma once

// Keys that are good for nothing but tests, and tokens that PyJWT made with them of {"sub":"ann"}.

namespace jwt_keys {

const char* const rsa_private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCptJ6OX5lcFS/e\n"
    "sSDZ1a7DYU0TqIc0dwXY4mFXvcwpcvYbda9M4+eukdapRmlP1z76uH59rxB/6K9Y\n"
    "70Z2l6en3uGKyb52XoTY/uQKqmatSHKCIUwfIDrT20VxpZ8eMXlFQtKz3NVgOR+9\n"
    "Qyq3aBwSRXN4oyAYYqzxl8tvblxgLtvNLz4Od0dTCEqCt4PxszgHh4SwSCva3ByV\n"
    "TILd8lSCruLOdknsVZCp7MPCTLc2xnHEllikFvoK8zNKd+DRWTk8IpL0by34Dq2S\n"
    "QwozPxhmDMsGiRQzmZ8bGkwjvaWl/xEPvFNECiRhzigZ89VoYzg6bmVEib9n+OSc\n"
    "dxQuJYvDAgMBAAECggEAB9qVD++6sDlGyt6Vr58lBGPHZmaBQ1tSyPPJH39oKG7q\n"
    "luC+aSeO/FRBg/n/O7OxdXb+W6Czecfx/YKtVyWzm6BD/eFSUDYVndlGAnxaXiCh\n"
    "NAaIeFRMhKt8LkNE9ufBPgRWrf5FXbunDWJDYtONoQbXzjh2bsp6SIAG6TRJUCYn\n"
    "qe4AUykODvbvrdsFQxwznCFS2qwGR36xif3juj4De5j7NzmMoFgm6FUxSwNY9p3G\n"
    "kBJNlaXakPuoY4YRBLOd89eiRL3mmKJjAj7FCv2FrfiaudsL8y+YH8aEnM0CJTHH\n"
    "ijicBgYH1ixM0IpCvzMvKHrCc3R4cy2m/LBHSutQ4QKBgQDhaKv90T6spca+wqOp\n"
    "9IvaNrT+XIrc7c33B53OqyVZq8uiC0tLuouyculbigO7lDxvFRNQHH1PUaXjVkxM\n"
    "PSVq4IKE05rdaH8P5QtRqiE9HX8YXtO3PpV04JLP8vhmFnVkB3xEVU02sKniip4z\n"
    "vODY1ZyDbdPLrRAycG8J4spqcwKBgQDAvKjfwC94UoVv/6jmjd522yAYGD6JSlMv\n"
    "4J3DIIG2weqHDeLW3uvyQyi+4uXPKBbzlwu2vtk0p7oULgiXTKhl/qVdA907qujc\n"
    "rHoJ7BNrEVQoyHoK+vaMsqrnBSpJFNHHtEE4JzNGozQOdP5qxJVVYMZ+TqgeIYlj\n"
    "j/HCR8J1cQKBgQCOJAJpMTzzhCpa+sRYFSTnux3RVKwgezkpcL0bqSMJc+MaUULv\n"
    "Azi6k+oB1ntaGzUs2z5tgzml/he8zxuX6+sfhWnotsNuoUmWzVmg6sbBEkumI44g\n"
    "fK+kn0UVKuNnBPyL0oiTUrM5LJhEiiMO/ylOsw1ad7RaOM0A8ZOjyUbZbwKBgDIV\n"
    "VDTAdhVoLDCMWNGAcBymmFJqimWWoMNCNPyth8d74HuzygxX5SwQ85eW0mzgWAZ4\n"
    "a5zTPxIFu77er3DRhLjsUQA4rtaAdP5S+2t0ox8hY6MtZTlROZwaGXrqxrAy7shc\n"
    "OM5ksVhbtH1FPY91AfErsqjDu8AIqvDqSMJZb1ihAoGABDcpPzMIhYdgpeFe9Zti\n"
    "O6Pn+u1BkTeWUfqwOj4TFwLtPvJJm/a73aFOJZxThUZ57/GJmh281/RAb0YW7q2H\n"
    "sRG2XVQvQf2+Vtf5IOb2bGpYNKCFrKirjg9e64oznTL28k3a63szu9TP1iTWr8Gy\n"
    "prDrEkFUtSo4r9MCspDUz6I=\n"
    "-----END PRIVATE KEY-----\n";
const char* const rsa_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqbSejl+ZXBUv3rEg2dWu\n"
    "w2FNE6iHNHcF2OJhV73MKXL2G3WvTOPnrpHWqUZpT9c++rh+fa8Qf+ivWO9Gdpen\n"
    "p97hism+dl6E2P7kCqpmrUhygiFMHyA609tFcaWfHjF5RULSs9zVYDkfvUMqt2gc\n"
    "EkVzeKMgGGKs8ZfLb25cYC7bzS8+DndHUwhKgreD8bM4B4eEsEgr2twclUyC3fJU\n"
    "gq7iznZJ7FWQqezDwky3NsZxxJZYpBb6CvMzSnfg0Vk5PCKS9G8t+A6tkkMKMz8Y\n"
    "ZgzLBokUM5mfGxpMI72lpf8RD7xTRAokYc4oGfPVaGM4Om5lRIm/Z/jknHcULiWL\n"
    "wwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
const char* const p256_private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgonWKBsGYL6ejJipF\n"
    "YDWSuRNJTl6z4aPN6F2E04BLkwehRANCAAQIjI75FfK9yrO094K6hKfvZPJvMJus\n"
    "XCYXuNrrrtMeKfYSY/wqKR3eP3ue1VSQ2svpdeH/5VzuSt6+UAYjt5Zv\n"
    "-----END PRIVATE KEY-----\n";
const char* const p256_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECIyO+RXyvcqztPeCuoSn72TybzCb\n"
    "rFwmF7ja667THin2EmP8Kikd3j97ntVUkNrL6XXh/+Vc7krevlAGI7eWbw==\n"
    "-----END PUBLIC KEY-----\n";
const char* const p384_private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCNwPiZQIYYJ9KeBpCt\n"
    "iE6H8BnmiUSE0jdq7op+RgOJYr7lwDiWmbA9LYzrp8/B2DmhZANiAATkfV904zIP\n"
    "B/kiS8sbV34htqqDCZ1w1fEfruZ2YwkOPNEIP43wgGRHK19vP00JaP8zDNh5E6yM\n"
    "msSajuHhPqLPD6xjTK/WoVNpMEIxBcFWXufdPbB0fA44WCOn5ROtZi8=\n"
    "-----END PRIVATE KEY-----\n";
const char* const p384_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE5H1fdOMyDwf5IkvLG1d+IbaqgwmdcNXx\n"
    "H67mdmMJDjzRCD+N8IBkRytfbz9NCWj/MwzYeROsjJrEmo7h4T6izw+sY0yv1qFT\n"
    "aTBCMQXBVl7n3T2wdHwOOFgjp+UTrWYv\n"
    "-----END PUBLIC KEY-----\n";
const char* const ed25519_private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
const char* const ed25519_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";
const char* const rs256_token =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4ifQ.CrDgHIL-gpV6p0hKlUFZr0aH8Sx3-2NmUHkr3wYOzUmGoN_c7ppfb29DHZnip7uSHA6N5eY5ri6gZZoWf3X85EtIfhf-rU-FJL6Dm9M3S-hxSHPGYcZtqubBvBtcl8v4DdhWeJ6KhX08K5aC8fY8nhjo8tdGHV1NEixj9sUZxDZZ43VGJFezabxivsULOcx68I53hENvCGmjZuL1MXeSW8huHpVer0lt7iHLMahmZ1JkSxMkIj307U9XI2q7komhqxCEofQWK9sqYr15lg7gcTopL10jOlzQbrX7XWvSZQVOi07mUuFzwamOCf_f89YwCcP3uVTIpTKEPc3oSwYiNQ";
const char* const ps512_token =
    "eyJhbGciOiJQUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4ifQ.pKFMQiFcn9ZrMTU_mFsIUdJIHTtbaa3XNa5k7-OJVIYAfsw8PRrYFESwTJNCz1RYfumCXOZuS_DRfic3SJ7XbxdttYnTBXkBuo5ctUAEqSkeIZ6oZEE5SMm-w-W2bscbh1KrZVfS6XE7s5ECtJon1-KUp3qBZKJtl8BBzxTnwCoKIaVKkc7GCibPIBtvV1_4r4L73ZqH4QZx5M5rLsl3yW5CkgAE2QBXwBqByQinuExLpA1jkNg-cCS3aZlR3ePOzw0mZcH5CajzA8TQeNM_xOhyobD7YGjGVwEpsUUYubqDrEhnfOc93NpMOZnrLKleypNFBNcjVBE4jEnV-Am9Rw";
const char* const es256_token =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4ifQ.EjwR7GaSzpc-TYnxtnwpUcTnH2Jc4iajI4XZQgSTMRynxyMSaDmMpvCNO4eb7P_PiaIYAa9ak7avepYhc_qlWA";
const char* const es384_token =
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4ifQ.MnWZQ7wpM3zWQ3hu8IW3154M7dxBx_KQWxJPb_E_OX-JjIrc4wEFumswiRG3v98kvrKTCnsSqkGX5k0cGY5ZZInO7uvMg4nYaHsbRSQdDqYHdwvgx6jlRWDFn4ETQk__";
const char* const eddsa_token =
    "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4ifQ.XotnFtnlQTZPgtXGr4xx1c2pb3ckW8tx2x59UfqT_8Hz0zzKtmpjwRmkZrCPe5nbdNO34OoIKOKIdeccL-zgDw";

// RFC 7515, A.2.1 and A.3.1, as PEM. The Ed25519 key is that of RFC 8037, A.1.
const char* const rfc7515_rsa_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
    "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
    "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
    "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
    "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
    "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
    "oQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
const char* const rfc7515_p256_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
    "-----END PUBLIC KEY-----\n";

} // namespace jwt_keys
