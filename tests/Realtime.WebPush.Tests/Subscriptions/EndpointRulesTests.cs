using System.Net;
using Realtime.WebPush.Subscriptions;

namespace Realtime.WebPush.Tests.Subscriptions;

public sealed class EndpointRulesTests
{
    private static readonly EndpointRules Default = new(new WebPushOptions());

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    public void Public_addresses_are_allowed(string address) => Assert.True(Default.Allows(IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:a00:1::")]
    [InlineData("fc00::1")]
    [InlineData("fd12::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void All_others_are_not(string address) => Assert.False(Default.Allows(IPAddress.Parse(address)));

    [Fact]
    public void Settings_open_this_machine_and_private_networks_one_by_one()
    {
        var loopback = new EndpointRules(new WebPushOptions { AllowLoopback = true });
        var networks = new EndpointRules(new WebPushOptions { AllowPrivateAddresses = true });

        Assert.True(loopback.Allows(new Uri("http://localhost:8080/push")));
        Assert.True(loopback.Allows(IPAddress.Loopback));
        Assert.False(loopback.Allows(IPAddress.Parse("10.0.0.1")));
        Assert.False(loopback.Allows(new Uri("http://push.example/a")));
        Assert.True(networks.Allows(IPAddress.Parse("10.0.0.1")));
        Assert.False(networks.Allows(IPAddress.IPv6Loopback));
        Assert.False(networks.Allows(new Uri("http://10.0.0.1/a")));
    }
}
