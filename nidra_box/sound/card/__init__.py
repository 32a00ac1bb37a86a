"""The sound card: `choose` which one, `deck` plays on it through `pygame.mixer`, `mixer` sets its
own volume; `alsa` and `own_screen` keep the libraries' complaints out of journal and terminal."""
