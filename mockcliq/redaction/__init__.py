"""What may be shown of a request, and what is hidden."""

from mockcliq.redaction.escapes import NOT_JUDGED, unescaped
from mockcliq.redaction.named_values import SCHEMES
from mockcliq.redaction.names import names_a_secret
from mockcliq.redaction.redaction import Issued, Redaction, nothing_issued

__all__ = ["NOT_JUDGED", "SCHEMES", "Issued", "Redaction", "names_a_secret", "nothing_issued", "unescaped"]
