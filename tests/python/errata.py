"""The known errors of the documents, one by one."""

from schemas import Erratum

ERRATA: list[Erratum] = []
