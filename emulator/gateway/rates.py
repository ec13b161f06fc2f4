"""How often a second each action may be called, and counting calls against it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from emulator.errors import request_limit_exceeded

# Documented: most actions are allowed 20 calls a second.
DEFAULT_LIMIT = 20

_OTHERS: Mapping[int, str] = {
    # Documented: in the description of the action itself.
    1: "iotvideo:DescribeAccountBalance ocr:ClassifyStoreName ocr:RecognizeStoreName",
    2: """
        ocr:QuestionOCR ocr:QuestionSplitLayoutOCR ocr:RecognizeFormulaOCR ocr:RecognizeTableAccurateOCR""",
    5: """
        ocr:CarInvoiceOCR ocr:CropEnhanceImageOCR ocr:EnterpriseLicenseOCR ocr:EraseHandwrittenImageOCR
        ocr:EstateCertOCR ocr:ExtractDocAgent ocr:ExtractDocBasic ocr:ExtractDocMulti ocr:HKIDCardOCR
        ocr:HandwritingEssayOCR ocr:MLIDPassportOCR ocr:MixedInvoiceDetect ocr:MixedInvoiceOCR
        ocr:QrcodeOCR ocr:QuestionSplitOCR ocr:RecognizeGeneralCardWarn ocr:RecognizeGeneralInvoice
        ocr:RecognizeMedicalInvoiceOCR ocr:RecognizeValidIDCardOCR ocr:ResidenceBookletOCR
        ocr:RideHailingDriverLicenseOCR ocr:RideHailingTransportLicenseOCR ocr:SealOCR
        ocr:SmartStructuralOCR ocr:SubmitQuestionSplitJob ocr:TextDetect ocr:TrainTicketOCR
        ocr:VehicleRegCertOCR trtc:DescribeMixTranscodingUsage trtc:DescribeRecordingUsage
        trtc:DescribeRelayUsage trtc:DescribeTrtcUsage""",
    10: """
        ocr:ArithmeticOCR ocr:BankCardOCR ocr:BankSlipOCR ocr:BizLicenseOCR ocr:BusinessCardOCR
        ocr:DriverLicenseOCR ocr:EnglishOCR ocr:GeneralAccurateOCR ocr:GeneralEfficientOCR
        ocr:GeneralFastOCR ocr:GeneralHandwritingOCR ocr:ImageEnhancement ocr:LicensePlateOCR
        ocr:PassportOCR ocr:PermitOCR ocr:RecognizeTableOCR ocr:RecognizeThaiIDCardOCR ocr:TableOCR
        ocr:VatInvoiceOCR ocr:VehicleLicenseOCR ocr:VinOCR ocr:WaybillOCR""",
    30: "asr:SentenceRecognition",
    50: "asr:DescribeTaskStatus",
    100: "vod:DescribeEventConfig",
}
_KEYS: Mapping[str, int] = {
    # Documented: the only two of CAM that are not allowed 20.
    "cam:CreateAccessKey": 5,
    "cam:DeleteAccessKey": 5,
    # Observed: in a refusal.
    "cvm:StartInstances": 10,
    # Assumed: what was seen of StartInstances holds for its kin.
    "cvm:StopInstances": 10,
    "cvm:RebootInstances": 10,
    "cvm:TerminateInstances": 10,
}
# Observed: in refusals of describing calls. Assumed: of all of them.
_CVM_DESCRIBES = 40


def limit_of(key: str) -> int:
    """How many calls a second an action (``service:Name``) is allowed."""
    found = _limits().get(key)
    if found is not None:
        return found
    return _CVM_DESCRIBES if key.startswith("cvm:Describe") else DEFAULT_LIMIT


@cache
def _limits() -> Mapping[str, int]:
    others = {key: limit for limit, keys in _OTHERS.items() for key in keys.split()}
    return {**others, **_KEYS}


class Rates:
    """The calls of one account in the second that runs. Mutable."""

    # Assumed: an account's calls of an action are counted together, whoever makes them and in whichever
    # region. Observed: fixed seconds; a refusal says how many calls there were, those refused included.

    def __init__(self) -> None:
        self._second = -1
        self._counts: dict[str, int] = {}

    def count(self, key: str, now: float) -> None:
        """Count a call of an action.

        Raises:
            ApiError: RequestLimitExceeded, if it is one too many.
        """
        second = int(now)
        if second != self._second:
            self._second = second
            self._counts.clear()
        count = self._counts[key] = self._counts.get(key, 0) + 1
        limit = limit_of(key)
        if count > limit:
            raise request_limit_exceeded(count, limit)

    def clear(self) -> None:
        """Forget what was counted."""
        self._counts.clear()
