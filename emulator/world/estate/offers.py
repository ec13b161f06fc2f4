"""What the cloud sells: sizes of hosts, public images, disks, and how often each is found."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.world.estate.draw import slots


@dataclass(frozen=True, slots=True)
class Size:
    """An instance type; memory in GiB."""

    name: str
    cpu: int
    memory: int
    gpu: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image and what a host made from it looks like."""

    id: str
    os: str
    platform: str
    size: int
    login: str
    port: int

    @property
    def is_windows(self) -> bool:
        """Whether its hosts run Windows."""
        return self.platform == "Windows"


# Documented: the specifications of the instance families. Assumed: how often each is found.
SIZES = slots(
    (Size("S5.SMALL1", 1, 1), 6),
    (Size("S5.SMALL2", 1, 2), 14),
    (Size("S5.MEDIUM2", 2, 2), 14),
    (Size("S5.MEDIUM4", 2, 4), 40),
    (Size("S5.MEDIUM8", 2, 8), 12),
    (Size("S5.LARGE8", 4, 8), 36),
    (Size("S5.LARGE16", 4, 16), 12),
    (Size("S5.2XLARGE16", 8, 16), 18),
    (Size("S5.2XLARGE32", 8, 32), 8),
    (Size("S5.4XLARGE64", 16, 64), 4),
    (Size("S6.MEDIUM4", 2, 4), 14),
    (Size("S6.LARGE8", 4, 8), 10),
    (Size("SA2.SMALL2", 1, 2), 6),
    (Size("SA2.MEDIUM4", 2, 4), 16),
    (Size("SA2.LARGE8", 4, 8), 12),
    (Size("SA2.2XLARGE16", 8, 16), 6),
    (Size("SA3.LARGE8", 4, 8), 6),
    (Size("M5.MEDIUM16", 2, 16), 6),
    (Size("M5.LARGE32", 4, 32), 6),
    (Size("M5.2XLARGE64", 8, 64), 3),
    (Size("C4.LARGE8", 4, 8), 3),
    (Size("C4.2XLARGE16", 8, 16), 2),
    (Size("GN7.2XLARGE32", 8, 32, "NVIDIA Tesla T4"), 2),
)

# Assumed: which id belongs to which image, the sizes, and how often each is found.
PUBLIC_IMAGES = (
    (Image("img-eb30mz89", "TencentOS Server 3.1 (TK4)", "TencentOS", 20, "root", 22), 40),
    (Image("img-l8og963d", "CentOS 7.9 64bit", "CentOS", 20, "root", 22), 44),
    (Image("img-9qabwvbn", "CentOS 7.6 64bit", "CentOS", 20, "root", 22), 26),
    (Image("img-8toqc6s3", "CentOS 7.4 64bit", "CentOS", 20, "root", 22), 8),
    (Image("img-6ns5om13", "CentOS 8.0 64bit", "CentOS", 20, "root", 22), 6),
    (Image("img-487zeit5", "Ubuntu Server 22.04 LTS 64bit", "Ubuntu", 20, "ubuntu", 22), 40),
    (Image("img-22trbn9x", "Ubuntu Server 20.04 LTS 64bit", "Ubuntu", 20, "ubuntu", 22), 24),
    (Image("img-pi0ii46r", "Ubuntu Server 18.04.1 LTS 64bit", "Ubuntu", 20, "ubuntu", 22), 10),
    (Image("img-btpwyv3x", "Debian 12.0 64bit", "Debian", 20, "root", 22), 12),
    (Image("img-h1yvvfw1", "Debian 10.2 64bit", "Debian", 20, "root", 22), 6),
    (Image("img-gv29hekp", "Rocky Linux 9.3 64bit", "Rocky Linux", 20, "root", 22), 8),
    (
        Image(
            "img-bhvhr6pf",
            "Windows Server 2012 R2 数据中心版 64位中文版",
            "Windows",
            50,
            "Administrator",
            3389,
        ),
        6,
    ),
    (
        Image(
            "img-9id7emv7", "Windows Server 2019 数据中心版 64位中文版", "Windows", 50, "Administrator", 3389
        ),
        12,
    ),
    (
        Image(
            "img-mmy6qctz", "Windows Server 2022 数据中心版 64位英文版", "Windows", 50, "Administrator", 3389
        ),
        8,
    ),
)
IMAGES = slots(*PUBLIC_IMAGES)

# Documented: names of the disk types. Assumed: how often each is found.
SYSTEM_DISK_TYPES = slots(("CLOUD_PREMIUM", 10), ("CLOUD_BSSD", 8), ("CLOUD_SSD", 5), ("CLOUD_HSSD", 2))
DATA_DISK_TYPES = slots(("CLOUD_PREMIUM", 10), ("CLOUD_BSSD", 6), ("CLOUD_SSD", 7), ("CLOUD_HSSD", 4))
SYSTEM_DISK_SIZES = slots((50, 60), (80, 12), (100, 24), (200, 4))
DATA_DISK_SIZES = slots((20, 6), (50, 14), (100, 30), (200, 20), (500, 16), (1000, 8), (2000, 3))
DATA_DISK_COUNTS = slots((0, 55), (1, 30), (2, 12), (3, 3))
SNAPSHOT_COUNTS = slots((0, 76), (1, 14), (2, 7), (3, 3))

# Documented: the states. Assumed: how often each is found.
STATES = slots(
    ("RUNNING", 234),
    ("STOPPED", 14),
    ("SHUTDOWN", 2),
    ("PENDING", 1),
    ("STARTING", 1),
    ("STOPPING", 1),
    ("REBOOTING", 1),
    ("LAUNCH_FAILED", 1),
    ("TERMINATING", 1),
)
BANDWIDTHS = slots((1, 20), (2, 10), (5, 40), (10, 20), (20, 6), (100, 4))
"""In Mbps."""
