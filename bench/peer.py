"""Put hosts into a peer that emulates AWS, and sign one DescribeInstances. Runs in the bench's own venv."""

from __future__ import annotations

import json
import sys

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}


def client(service: str, endpoint: str, key: tuple[str, str]):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
    )


def main() -> None:
    """Print the prepared request for a peer that holds so many hosts."""
    endpoint, hosts = sys.argv[1], int(sys.argv[2])
    iam = client("iam", endpoint, ("test", "test"))
    iam.create_user(UserName="bench")
    iam.put_user_policy(UserName="bench", PolicyName="ec2", PolicyDocument=json.dumps(POLICY))
    made = iam.create_access_key(UserName="bench")["AccessKey"]
    key = (made["AccessKeyId"], made["SecretAccessKey"])
    if hosts:
        ec2 = client("ec2", endpoint, key)
        image = ec2.describe_images()["Images"][:1]
        ec2.run_instances(
            ImageId=image[0]["ImageId"] if image else "ami-12345678", MinCount=hosts, MaxCount=hosts
        )
    body = b"Action=DescribeInstances&Version=2016-11-15&MaxResults=1000"
    request = AWSRequest("POST", endpoint + "/", data=body)
    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    session = boto3.Session(*key)
    SigV4Auth(session.get_credentials(), "ec2", "us-east-1").add_auth(request)
    headers = {"Host": endpoint.removeprefix("http://"), **dict(request.headers.items())}
    headers.pop("Content-Length", None)
    print(json.dumps({"headers": headers, "body": body.decode()}))


if __name__ == "__main__":
    main()
