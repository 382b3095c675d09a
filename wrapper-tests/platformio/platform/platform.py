from platformio.public import PlatformBase


class LocalavrPlatform(PlatformBase):
    pass
