"""Why a call was refused, and the call to paste."""
