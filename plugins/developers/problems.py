"""Why a developer is refused."""

from hanoismart.problems import Problem
from hanoismart.text import Text


class DeveloperMissing(Problem):
    """What one may not see does not exist: an organisation where the caller has no say is not found."""

    code = "developers.organisation_not_found"
    status = 404
    title = Text(vi="Không có tổ chức này trong số các tổ chức bạn phát triển cho", en="There is no such organisation you develop for")


class DomainInvalid(Problem):
    code = "developers.domain_invalid"
    status = 422
    title = Text(vi="Tên miền không hợp lệ", en="The domain is not valid")


class DomainNotFound(Problem):
    code = "developers.domain_not_found"
    status = 404
    title = Text(vi="Tổ chức chưa khai tên miền này", en="The organisation has not named this domain")


class DomainUnproven(Problem):
    """Kept: a proof that is gone has lapsed, and the domain's new holder may prove it."""

    code = "developers.domain_unproven"
    status = 409
    keep = True
    title = Text(vi="Chưa tìm thấy bằng chứng trên tên miền", en="The proof was not found at the domain")


class TooManyDomains(Problem):
    code = "developers.too_many_domains"
    status = 409
    title = Text(vi="Mỗi tổ chức khai tối đa 50 tên miền", en="An organisation names at most 50 domains")


class DomainTaken(Problem):
    code = "developers.domain_taken"
    status = 409
    title = Text(vi="Tên miền thuộc một tổ chức khác", en="The domain belongs to another organisation")


class KeyInvalid(Problem):
    code = "developers.key_invalid"
    status = 422
    title = Text(vi="Cần một khóa công khai Ed25519", en="A public Ed25519 key is needed")


class KeyKnown(Problem):
    code = "developers.key_known"
    status = 409
    title = Text(vi="Khóa này đã được đăng ký", en="This key was registered before")


class KeyNotFound(Problem):
    code = "developers.key_not_found"
    status = 404
    title = Text(vi="Không có khóa này", en="There is no such key")


class TooManyKeys(Problem):
    code = "developers.too_many_keys"
    status = 409
    title = Text(vi="Mỗi tổ chức có tối đa 5 khóa còn hiệu lực", en="An organisation has at most 5 keys in force")


class NameRefused(Problem):
    code = "developers.name_refused"
    status = 422
    title = Text(vi="Tên ứng dụng không được chấp nhận", en="The app's name is not accepted")


class NameTaken(Problem):
    code = "developers.name_taken"
    status = 409
    title = Text(vi="app_id này đã có chủ", en="This app_id has an owner")
