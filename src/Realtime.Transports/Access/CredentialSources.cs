namespace Realtime.Transports.Access;

/// <summary>Where an address looks for a credential, highest rank first. The first one that is there decides.</summary>
[Flags]
public enum CredentialSources
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A token in the <c>Authorization</c> header.</summary>
    Bearer = 1,

    /// <summary>A ticket in <c>?ticket=</c>.</summary>
    Ticket = 2,

    /// <summary>The cookie that <c>POST /api/tickets</c> sets, from the server's own origin alone.</summary>
    Cookie = 4,

    /// <summary>A token in <c>?access_token=</c>, as SignalR's clients send it.</summary>
    AccessTokenQuery = 8,
}
