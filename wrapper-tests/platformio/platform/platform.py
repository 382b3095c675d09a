from platformio.public import PlatformBase


class AtmelavrPlatform(PlatformBase):
    pass
