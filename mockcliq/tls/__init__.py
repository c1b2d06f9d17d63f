"""TLS: this machine's own CA, and the certificates that the server shows. Needs the extra ``mockcliq[tls]``."""
