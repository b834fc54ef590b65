"""The store, a proxy with faults in front of it, and pods of a small study."""

from tests.faulty_proxy import proxy
from tests.s3_server import s3, server, store, store_folder
from tests.small_study import pods, study, template
