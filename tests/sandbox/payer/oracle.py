"""Another program's opinion: pyx12 checks syntax and guide (SNIP 1 and 2)."""

import io
import logging
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyx12.params
    import pyx12.x12n_document


def is_accepted(content: bytes, folder: Path) -> bool:
    """Whether pyx12 takes a file."""
    path = folder / "checked.x12"
    path.write_bytes(content)
    # It logs a trace whenever it cannot write its own 999 about an 835; its verdict does not depend on that.
    logging.disable(logging.CRITICAL)
    try:
        accepted = pyx12.x12n_document.x12n_document(
            param=pyx12.params.params(), src_file=str(path), fd_997=io.StringIO(), fd_html=None, fd_xmldoc=None
        )
    finally:
        logging.disable(logging.NOTSET)
    return bool(accepted)
