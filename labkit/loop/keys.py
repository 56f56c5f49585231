"""Single keys from a terminal, without waiting: POSIX and Windows; none where the input is no terminal."""

from __future__ import annotations

import os
import sys


class Keys:
    """`with Keys() as keys: keys.pressed()` gives a lower-case letter, "" when nothing was pressed."""

    def __init__(self, source=None):
        self.source = source if source is not None else sys.stdin
        self.works = getattr(self.source, "isatty", lambda: False)()
        self._before = None
        self._typed = b""  # read and not yet given out

    def __enter__(self) -> Keys:
        if self.works and sys.platform != "win32":
            import signal
            import termios

            try:
                self._before = termios.tcgetattr(self.source.fileno())
            except (termios.error, OSError):
                self.works = False
                return self
            self._raw()
            # After Ctrl-Z and `fg` the shell has put the terminal back as it likes it.
            self._continued = signal.signal(signal.SIGCONT, lambda *_: self._raw())
        return self

    def _raw(self) -> None:
        """No waiting for Enter and no echo; Ctrl-C and Ctrl-Z stay what they are."""
        import termios

        mode = termios.tcgetattr(self.source.fileno())
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        try:
            termios.tcsetattr(self.source.fileno(), termios.TCSANOW, mode)
        except termios.error:
            pass

    def pressed(self) -> str:
        if not self.works:
            return ""
        if sys.platform == "win32":
            import msvcrt

            return msvcrt.getwch().lower() if msvcrt.kbhit() else ""
        import select

        if not self._typed and select.select([self.source], [], [], 0)[0]:
            self._typed = os.read(self.source.fileno(), 64)
            self.works = bool(self._typed)  # nothing to be read: the terminal has gone
            if self._typed[:1] == b"\x1b":
                self._typed = b""  # an arrow key sends several bytes that begin with Escape: none of our keys
        key, self._typed = self._typed[:1], self._typed[1:]
        return key.decode("ascii", "ignore").lower()

    def __exit__(self, *error) -> None:
        if self._before is not None:
            import signal
            import termios

            signal.signal(signal.SIGCONT, self._continued)
            try:
                termios.tcsetattr(self.source.fileno(), termios.TCSADRAIN, self._before)
            except termios.error:
                pass
